"""What is said to home owners, in bokmål, nynorsk and English? Each language by ear, none translated word for word.

No words of the modelling trade stand here (a test holds them out): people read this page to find a wrong fact and to
complain in time. Names in braces are figures of the run.
"""

from __future__ import annotations

from valuation.languages.language import Said

WORDS: dict[str, Said] = {
    "title": {
        "nb": "Hvordan vi kommer fram til verdien av boligen din",
        "nn": "Korleis vi kjem fram til verdien av bustaden din",
        "en": "How the value of your home comes about",
    },
    "synthetic": {
        "nb": "Alt her er oppdiktet: ingen virkelig bolig, ikke noe virkelig salg. Siden viser hvordan den ser ut i "
        "bruk.",
        "nn": "Alt her er oppdikta: ingen verkeleg bustad, ikkje noko verkeleg sal. Sida viser korleis ho ser ut i "
        "bruk.",
        "en": "Everything here is invented: no real home, no real sale. The page shows what it looks like in use.",
    },
    "lead": {
        "nb": "{place}: {n_dwellings} boliger, verdsatt slik markedet var {day}.",
        "nn": "{place}: {n_dwellings} bustader, verdsette slik marknaden var {day}.",
        "en": "{place}: {n_dwellings} homes, valued as the market stood on {day}.",
    },
    # -- what the value is
    "what_title": {"nb": "Hva verdien er", "nn": "Kva verdien er", "en": "What the value is"},
    "what": {
        "nb": "Verdien er det vi mener boligen ville ha blitt solgt for {day} i et vanlig salg mellom folk som ikke "
        "kjenner hverandre. Den sier hva boligen er verd i markedet, ikke hva du har råd til å betale i skatt.",
        "nn": "Verdien er det vi meiner bustaden ville ha blitt seld for {day} i eit vanleg sal mellom folk som ikkje "
        "kjenner kvarandre. Han seier kva bustaden er verd i marknaden, ikkje kva du har råd til å betale i skatt.",
        "en": "The value is what we believe your home would have sold for on {day}, in an ordinary sale between "
        "people who do not know each other. It says what the home is worth on the market, not what tax you can afford.",
    },
    # -- what it is based on
    "based_title": {"nb": "Hva den bygger på", "nn": "Kva han byggjer på", "en": "What it is based on"},
    "based_sales": {
        "nb": "Vi har gått gjennom {n_sales} registrerte salg. {n_learned} av dem er brukt: de regnes som frie, og de "
        "skjedde før {holdout}. Gaver, arv, tvangssalg og salg i familien teller ikke med når vi vet om dem. Prisene "
        "er regnet om til samme dag.",
        "nn": "Vi har gått gjennom {n_sales} registrerte sal. {n_learned} av dei er brukte: dei blir rekna som frie, "
        "og dei skjedde før {holdout}. Gåver, arv, tvangssal og sal i familien tel ikkje med når vi veit om dei. "
        "Prisane er rekna om til same dag.",
        "en": "We went through {n_sales} recorded sales. {n_learned} of them were used: they are held to be free, and "
        "were made before {holdout}. Gifts, inheritance, forced sales and sales within a family do not count where we "
        "know of them. All prices were brought to the same day.",
    },
    "based_facts": {
        "nb": "Om hver bolig brukes disse opplysningene, så langt de er registrert:",
        "nn": "Om kvar bustad blir desse opplysningane brukte, så langt dei er registrerte:",
        "en": "About each home these facts are used, as far as they are recorded:",
    },
    "group": {"nb": "{group}: {facts}", "nn": "{group}: {facts}", "en": "{group}: {facts}"},
    "not_used": {
        "nb": "Vi bruker ikke noe om deg: verken navn, inntekt eller hvem som bor der. Vi vet heller ikke mer om "
        "boligen enn det som er registrert: Står det ikke der at badet er nytt, vet vi det ikke.",
        "nn": "Vi bruker ikkje noko om deg: verken namn, inntekt eller kven som bur der. Vi veit heller ikkje meir "
        "om bustaden enn det som er registrert: Står det ikkje der at badet er nytt, veit vi det ikkje.",
        "en": "Nothing about you is used: not your name, your income, or who lives there. Nor do we know more of "
        "the home than is recorded: if it does not say there that the bathroom is new, we do not know it.",
    },
    # -- how a value comes about
    "how_title": {"nb": "Slik regner vi", "nn": "Slik reknar vi", "en": "How we reckon"},
    "how": {
        "nb": "Et dataprogram sammenligner boligen din med boliger som er solgt: hvor de ligger, hvor store de er, "
        "hvor gamle, og hva naboboligene gikk for. Alle boliger blir regnet ut på samme måte. To enklere regnemåter "
        "går ved siden av. Gir de noe helt annet, skal et menneske se på saken.",
        "nn": "Eit dataprogram samanliknar bustaden din med bustader som er selde: kvar dei ligg, kor store dei er, "
        "kor gamle, og kva nabobustadane gjekk for. Alle bustader blir rekna ut på same måten. To enklare reknemåtar "
        "går ved sida av. Gjev dei noko heilt anna, skal eit menneske sjå på saka.",
        "en": "A computer program compares your home with homes that were sold: where they are, how large, how old, "
        "and what homes nearby sold for. Every home is reckoned in the same way. Two simpler ways of reckoning run "
        "alongside. If they give something quite different, a person is to look at it.",
    },
    # -- how sure
    "sure_title": {"nb": "Hvor sikker verdien er", "nn": "Kor sikker verdien er", "en": "How sure the value is"},
    "sure_range": {
        "nb": "Ingen kan vite prisen helt nøyaktig. Derfor hører det et sannsynlig prisområde til hver verdi. Det er "
        "laget for å romme prisen i {promised} av 100 salg.",
        "nn": "Ingen kan vite prisen heilt nøyaktig. Difor høyrer det eit sannsynleg prisområde til kvar verdi. Det er "
        "laga for å romme prisen i {promised} av 100 sal.",
        "en": "Nobody can know a price exactly. So each value comes with a probable price range. It is made "
        "to hold the price in {promised} of 100 sales.",
    },
    "sure_test": {
        "nb": "Vi har prøvd det på {n_valid} nye, frie salg som programmet ikke kjente. Halvparten av verdiene lå "
        "mindre enn {error} prosent fra prisen, og {held} av 100 priser lå i prisområdet.",
        "nn": "Vi har prøvd det på {n_valid} nye, frie sal som programmet ikkje kjende. Halvparten av verdiane låg "
        "mindre enn {error} prosent frå prisen, og {held} av 100 prisar låg i prisområdet.",
        "en": "We tried it on {n_valid} new free sales that the program did not know. Half of the values lay within "
        "{error} percent of the price, and {held} of 100 prices lay in the range.",
    },
    "sure_all": {
        "nb": "Tar vi med hvert eneste registrerte salg ({n_all}), også de vi tror ikke var frie, blir tallene "
        "{error} prosent og {held} av 100.",
        "nn": "Tek vi med kvart einaste registrerte sal ({n_all}), òg dei vi trur ikkje var frie, blir tala {error} "
        "prosent og {held} av 100.",
        "en": "With every single recorded sale ({n_all}), those too that we think were not free, the figures are "
        "{error} percent and {held} of 100.",
    },
    "sure_gap": {
        "nb": "For denne runden finnes det ikke tall som viser hvor godt verdiene traff.",
        "nn": "For denne runden finst det ikkje tal som viser kor godt verdiane trefte.",
        "en": "For this round there are no figures that show how close the values came.",
    },
    # -- who looks
    "person_title": {
        "nb": "Når et menneske ser på verdien",
        "nn": "Når eit menneske ser på verdien",
        "en": "When a person looks",
    },
    "person": {
        "nb": "Programmet foreslår, det bestemmer ikke. {n_flagged} av {n_dwellings} boliger er merket for at en "
        "saksbehandler skal se på dem, av disse grunnene:",
        "nn": "Programmet foreslår, det avgjer ikkje. {n_flagged} av {n_dwellings} bustader er merkte for at ein "
        "saksbehandlar skal sjå på dei, av desse grunnane:",
        "en": "The program proposes, it does not decide. {n_flagged} of {n_dwellings} homes are marked for a "
        "caseworker to look at, for these reasons:",
    },
    "reason": {"nb": "{reason}: {n} boliger", "nn": "{reason}: {n} bustader", "en": "{reason}: {n} homes"},
    "reason_of_one": {"nb": "{reason}: {n} bolig", "nn": "{reason}: {n} bustad", "en": "{reason}: {n} home"},
    "cannot_be_valued": {
        "nb": "Kan ikke verdsettes ut fra det som er registrert",
        "nn": "Kan ikkje verdsetjast ut frå det som er registrert",
        "en": "Cannot be valued from what is recorded",
    },
    "person_not": {
        "nb": "De andre er det ikke sikkert at noen har sett på. Det er en grunn til at du selv bør lese "
        "opplysningene nøye.",
        "nn": "Dei andre er det ikkje sikkert at nokon har sett på. Det er ein grunn til at du sjølv bør lese "
        "opplysningane nøye.",
        "en": "It is not certain that anybody has looked at the others. That is one reason to read the facts closely "
        "yourself.",
    },
    # -- a wrong fact
    "fact_title": {"nb": "Finn du en feil?", "nn": "Finn du ein feil?", "en": "Have you found a mistake?"},
    "fact": {
        "nb": "Gå gjennom opplysningene om boligen, én for én. Stemmer arealet? Byggeåret? Boligtypen? Ligger den på "
        "rett sted? Er noe feil, kan verdien også være det. Meld fra, og legg ved det som viser det: en tegning, et "
        "målebrev, et bilde. En feil i opplysningene kan rettes uten at du klager.",
        "nn": "Gå gjennom opplysningane om bustaden, ei for ei. Stemmer arealet? Byggjeåret? Bustadtypen? Ligg han på "
        "rett stad? Er noko feil, kan verdien òg vere det. Meld frå, og legg ved det som viser det: ei teikning, eit "
        "målebrev, eit bilete. Ein feil i opplysningane kan rettast utan at du klagar.",
        "en": "Go through the facts about your home, one by one. Is the area right? The year it was built? The kind "
        "of home? Is it in the right place? If something is wrong, the value may be too. Tell us, and enclose what "
        "shows it: a drawing, a survey, a photograph. A wrong fact can be put right without a complaint.",
    },
    "fact_contact": {
        "nb": "Kommunen skriver inn her hvor du melder fra, før siden legges ut.",
        "nn": "Kommunen skriv inn her kvar du melder frå, før sida blir lagd ut.",
        "en": "The municipality is to write here where to tell it, before the page is published.",
    },
    # -- complaint
    "complain_title": {"nb": "Slik klager du", "nn": "Slik klagar du", "en": "How to complain"},
    "complain_weeks": {
        "nb": "Er du uenig i verdien, kan du klage. Fristen er {weeks} uker. Skriv hvilken bolig det gjelder, hva du "
        "mener er feil, og hvorfor. Legg gjerne ved en verdivurdering eller salg av boliger som ligner.",
        "nn": "Er du usamd i verdien, kan du klage. Fristen er {weeks} veker. Skriv kva bustad det gjeld, kva du "
        "meiner er feil, og kvifor. Legg gjerne ved ei verdivurdering eller sal av bustader som liknar.",
        "en": "If you disagree with the value, you can complain. The time limit is {weeks} weeks. Write which home it "
        "is about, what you think is wrong, and why. You may enclose a valuation, or sales of homes like yours.",
    },
    "complain_start": {
        "nb": "Kommunen skriver inn her hvilken dag fristen går ut, og hvor klagen skal sendes.",
        "nn": "Kommunen skriv inn her kva dag fristen går ut, og kvar klaga skal sendast.",
        "en": "The municipality is to write here on which day the time runs out, and where to send the complaint.",
    },
    "complain_gap": {
        "nb": "Reglene for klage her er ikke lagt inn. De må skrives inn før dette går ut.",
        "nn": "Reglane for klage her er ikkje lagde inn. Dei må skrivast inn før dette går ut.",
        "en": "The rules for complaints here have not been entered. They must be, before this goes out.",
    },
    # -- tax
    "tax_title": {"nb": "Fra verdi til skatt", "nn": "Frå verdi til skatt", "en": "From value to tax"},
    "tax": {
        "nb": "Verdien ganges med {factor}. Fra det trekkes et fradrag på {deduction}. Av resten er skatten {rate} "
        "promille. Blir resten mindre enn null, er det ingen skatt.",
        "nn": "Verdien blir gonga med {factor}. Frå det blir det trekt eit frådrag på {deduction}. Av resten er "
        "skatten {rate} promille. Blir resten mindre enn null, er det ingen skatt.",
        "en": "The value is multiplied by {factor}. From that a deduction of {deduction} is taken. Of the rest, the "
        "tax is {rate} per thousand. If the rest is below zero, there is no tax.",
    },
    "tax_gap": {
        "nb": "Reglene for skatten her er ikke lagt inn.",
        "nn": "Reglane for skatten her er ikkje lagde inn.",
        "en": "The rules for the tax here have not been entered.",
    },
    "footer": {
        "nb": "Laget av programmet ut fra kjøringen {run}. Tallene står i filene fra den.",
        "nn": "Laga av programmet ut frå køyringa {run}. Tala står i filene frå ho.",
        "en": "Made by the program from run {run}. The figures stand in its files.",
    },
}
