"""From which address does a request come, as far as limits go?"""

from __future__ import annotations

import ipaddress

from starlette.requests import HTTPConnection

_ONE_HOME_V6 = 64


def address_of(connection: HTTPConnection) -> str:
    """Return the address requests are counted by: of IPv6 the network one household or office has.

    Behind a proxy it is the proxy's, unless the proxy is trusted (`VALUATION_TRUSTED_PROXIES`): a header anybody can
    write would make every limit void.
    """
    host = connection.client.host if connection.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host or "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((address, _ONE_HOME_V6), strict=False))
    return str(address)
