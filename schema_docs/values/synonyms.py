"""Synonyms of stored values: demonyms, countries, genders. General language, data only."""

_ENTRIES = (
    "american:united states,usa,us,america|british:united kingdom,uk,great britain,england|"
    "english:england,united kingdom,uk|french:france|german:germany|italian:italy|spanish:spain|"
    "portuguese:portugal|dutch:netherlands|belgian:belgium|swiss:switzerland|austrian:austria|"
    "polish:poland|czech:czech republic,czechia|russian:russia|ukrainian:ukraine|swedish:sweden|"
    "norwegian:norway|danish:denmark|finnish:finland|irish:ireland|scottish:scotland|greek:greece|"
    "turkish:turkey|japanese:japan|chinese:china|korean:korea,south korea|indian:india|"
    "australian:australia|canadian:canada|mexican:mexico|brazilian:brazil|argentinian:argentina|"
    "argentine:argentina|chilean:chile|colombian:colombia|egyptian:egypt|south african:south africa|"
    "nigerian:nigeria|hungarian:hungary|romanian:romania|bulgarian:bulgaria|croatian:croatia|"
    "serbian:serbia|israeli:israel|iranian:iran|thai:thailand|vietnamese:vietnam|indonesian:indonesia|"
    "kenyan:kenya|african:africa|asian:asia|european:europe|welsh:wales|cuban:cuba|peruvian:peru|"
    "malaysian:malaysia|female:f,female,woman,women|male:m,male,man,men|woman:f,female|women:f,female|"
    "man:m,male|men:m,male|girl:f,female|boy:m,male|females:f,female|males:m,male|girls:f,female|"
    "boys:m,male|usa:united states,us|u.s.:united states,us,usa|us:united states,usa|"
    "uk:united kingdom,great britain|america:united states,usa|united states:usa,us|united kingdom:uk|"
    "canceled:cancelled|cancelled:canceled|england:united kingdom,uk|holland:netherlands"
)
VALUE_SYNONYMS = {
    phrase: tuple(stored.split(",")) for phrase, stored in (entry.split(":") for entry in _ENTRIES.split("|"))
}
"""Word for a value → the forms in which the value may be stored."""
