"""What is the browser told of every answer, errors too? Which sources a page may use, and that nobody may frame it."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_YEAR_S = 31_536_000
_DEVICES = (
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation"),
    *("gyroscope", "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get"),
    *("screen-wake-lock", "usb", "xr-spatial-tracking"),
)


def security_headers(*, is_https: bool, image_sources: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the headers of every answer.

    Parameters
    ----------
    is_https : bool
        HSTS makes sense, and is heard, by https alone.
    image_sources : tuple of str
        Further origins pictures may come from.
    """
    policy = {
        "default-src": "'none'",
        # No 'unsafe-inline' anywhere: text that got past the escaping is still no script and no style.
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": " ".join(("'self'", "data:", *image_sources)),
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        "X-Content-Type-Options": "nosniff",
        # Not no-referrer: browsers would then send `Origin: null` with our own forms, and none could be told from
        # a stranger's. Nothing goes to another site either way.
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{device}=()" for device in _DEVICES),
    }
    if is_https:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}; includeSubDomains"
    return headers


class SecurityHeaders:
    """ASGI middleware around everything, so that no answer goes out without them."""

    def __init__(self, app: ASGIApp, *, headers: dict[str, str]) -> None:
        self.app = app
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in self.headers if one[0] not in told)]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)
