"""Text data of the sample shop: places, names and sentences. Data only."""

from typing import NamedTuple


class City(NamedTuple):
    """City with its share of a country's customers; in `postal`, `#` is a digit and `@` a letter."""

    name: str
    postal: str
    share: float


class Locale(NamedTuple):
    """Names of people and streets in a language, and the format of an address."""

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    address: str


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


GERMAN = Locale(
    _split(
        "Anna Lena Marie Sophie Laura Julia Hannah Katharina Clara Greta Ida Johanna Mia Emma "
        "Paula Lukas Jonas Felix Maximilian Paul Leon Finn Moritz Jakob Anton Karl Emil Tobias "
        "Stefan Matthias"
    ),
    _split(
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer "
        "Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann "
        "Lange Werner Krause Lehmann Köhler Gruber Huber"
    ),
    (
        "Hauptstraße",
        "Bahnhofstraße",
        "Gartenweg",
        "Lindenallee",
        "Schulstraße",
        "Bergstraße",
        "Kirchgasse",
        "Mühlenweg",
        "Rosenstraße",
        "Am Markt",
        "Seestraße",
        "Buchenweg",
        "Ringstraße",
        "Talstraße",
    ),
    "{street} {number}",
)
FRENCH = Locale(
    _split(
        "Camille Léa Manon Chloé Inès Juliette Louise Alice Élodie Margaux Claire Amélie Hugo "
        "Lucas Louis Gabriel Arthur Jules Théo Nathan Antoine Mathieu Olivier Pierre"
    ),
    _split(
        "Martin Bernard Dubois Moreau Laurent Simon Michel Lefèvre Leroy Roux David Bertrand "
        "Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Mercier Blanc "
        "Garnier"
    ),
    (
        "rue des Lilas",
        "avenue du Parc",
        "rue de la Gare",
        "boulevard des Arts",
        "rue du Moulin",
        "place du Marché",
        "rue des Écoles",
        "allée des Tilleuls",
        "rue du Pont",
        "quai du Nord",
    ),
    "{number} {street}",
)
ENGLISH = Locale(
    _split(
        "Olivia Amelia Isla Grace Emily Charlotte Sarah Megan Rachel Abigail Lucy Hannah Zoe "
        "Naomi Chloe Oliver George Harry Jack James William Thomas Daniel Samuel Ethan Noah "
        "Michael David Aaron Ryan"
    ),
    _split(
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans "
        "Walker White Roberts Green Hall Wood Clarke Hughes Carter Mitchell Turner Cooper Bailey "
        "Reed Murphy Kelly Ward Brooks"
    ),
    (
        "Station Road",
        "Church Lane",
        "High Street",
        "Mill Road",
        "Park Avenue",
        "Oak Street",
        "Maple Drive",
        "River Street",
        "Victoria Road",
        "Queen Street",
        "Elm Avenue",
        "Harbour View",
        "Meadow Lane",
    ),
    "{number} {street}",
)
SPANISH = Locale(
    _split(
        "Lucía Sofía Martina María Paula Carmen Elena Alba Irene Marta Hugo Mateo Pablo Alejandro "
        "Diego Javier Álvaro Carlos Sergio Miguel"
    ),
    _split(
        "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez "
        "Ruiz Hernández Díaz Moreno Muñoz Álvarez Romero Alonso Navarro"
    ),
    (
        "calle Mayor",
        "calle del Sol",
        "avenida de la Paz",
        "plaza Nueva",
        "calle del Carmen",
        "paseo del Río",
        "calle de la Luna",
        "calle Real",
        "avenida del Mar",
    ),
    "{street} {number}",
)
ITALIAN = Locale(
    _split(
        "Giulia Chiara Francesca Sara Martina Alessia Elisa Valentina Bianca Marco Luca Matteo "
        "Andrea Davide Lorenzo Alessandro Simone Paolo Giovanni"
    ),
    _split(
        "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti "
        "Costa Giordano Mancini Rizzo Lombardi Moretti Barbieri"
    ),
    (
        "via Roma",
        "via Garibaldi",
        "corso Italia",
        "via dei Mille",
        "piazza Verdi",
        "via della Pace",
        "via delle Rose",
        "viale Europa",
        "via San Marco",
    ),
    "{street} {number}",
)
DUTCH = Locale(
    _split(
        "Sanne Lotte Fleur Eva Anouk Femke Noor Iris Maud Daan Sem Bram Thijs Lars Jeroen Ruben "
        "Koen Pieter Sander"
    ),
    (
        *(
            "De Jong",
            "Jansen",
            "De Vries",
            "Bakker",
            "Visser",
            "Smit",
            "Meijer",
            "De Boer",
            "Mulder",
            "De Groot",
        ),
        *(
            "Bos",
            "Vos",
            "Peters",
            "Hendriks",
            "Van Leeuwen",
            "Dekker",
            "Brouwer",
            "De Wit",
            "Dijkstra",
            "Kok",
        ),
    ),
    (
        "Kerkstraat",
        "Dorpsstraat",
        "Molenweg",
        "Schoolstraat",
        "Stationsweg",
        "Julianalaan",
        "Parklaan",
        "Havenkade",
        "Eikenlaan",
        "Beukenlaan",
    ),
    "{street} {number}",
)
NORDIC = Locale(
    _split(
        "Astrid Freja Ingrid Linnea Saga Elsa Maja Signe Karin Erik Lars Nils Oskar Axel Viktor "
        "Magnus Anders Johan Mikkel"
    ),
    _split(
        "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Lindberg Lindqvist "
        "Berg Holm Nielsen Jensen Hansen Pedersen Christensen Sørensen Lund Dahl"
    ),
    ("Storgatan", "Skolgatan", "Kyrkogatan", "Parkvej", "Strandvägen", "Skovvej", "Björkvägen", "Havnegade"),
    "{street} {number}",
)
PORTUGUESE = Locale(
    _split("Beatriz Mariana Inês Leonor Catarina Rita João Tiago Rui Miguel Duarte Nuno"),
    _split("Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Martins Sousa Fernandes Gonçalves Lopes"),
    ("rua das Flores", "avenida da Liberdade", "rua do Carmo", "largo da Sé", "rua do Sol", "rua Nova"),
    "{street} {number}",
)
POLISH = Locale(
    _split("Zofia Hanna Maja Agnieszka Ewa Magdalena Jan Jakub Piotr Tomasz Marek Adam"),
    _split("Nowak Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Mazur Krawczyk"),
    ("ulica Długa", "ulica Polna", "ulica Leśna", "ulica Ogrodowa", "ulica Krótka", "ulica Szkolna"),
    "{street} {number}",
)


class Country(NamedTuple):
    """Country with its share of all customers."""

    name: str
    share: float
    locale: Locale
    cities: tuple[City, ...]


COUNTRIES = (
    Country(
        "Germany",
        32,
        GERMAN,
        (
            City("Berlin", "10###", 30),
            City("Hamburg", "20###", 18),
            City("Munich", "80###", 18),
            City("Cologne", "50###", 11),
            City("Frankfurt", "60###", 9),
            City("Stuttgart", "70###", 6),
            City("Leipzig", "04###", 5),
            City("Dresden", "01###", 3),
        ),
    ),
    Country(
        "France",
        12,
        FRENCH,
        (
            City("Paris", "750##", 55),
            City("Lyon", "690##", 20),
            City("Marseille", "130##", 14),
            City("Nantes", "440##", 11),
        ),
    ),
    Country(
        "United Kingdom",
        12,
        ENGLISH,
        (
            City("London", "SW# #@@", 55),
            City("Manchester", "M# #@@", 20),
            City("Edinburgh", "EH# #@@", 15),
            City("Bristol", "BS# #@@", 10),
        ),
    ),
    Country(
        "United States",
        10,
        ENGLISH,
        (
            City("New York", "100##", 45),
            City("Chicago", "606##", 20),
            City("San Francisco", "941##", 20),
            City("Boston", "021##", 15),
        ),
    ),
    Country(
        "Austria",
        7,
        GERMAN,
        (City("Vienna", "1##0", 65), City("Graz", "801#", 20), City("Salzburg", "502#", 15)),
    ),
    Country(
        "Netherlands",
        6,
        DUTCH,
        (City("Amsterdam", "10## @@", 55), City("Rotterdam", "30## @@", 28), City("Utrecht", "35## @@", 17)),
    ),
    Country(
        "Spain",
        6,
        SPANISH,
        (City("Madrid", "280##", 50), City("Barcelona", "080##", 35), City("Valencia", "460##", 15)),
    ),
    Country(
        "Italy",
        5,
        ITALIAN,
        (City("Rome", "001##", 50), City("Milan", "201##", 35), City("Turin", "101##", 15)),
    ),
    Country("Switzerland", 3, GERMAN, (City("Zurich", "80##", 60), City("Basel", "40##", 40))),
    Country("Belgium", 2, FRENCH, (City("Brussels", "10##", 65), City("Antwerp", "20##", 35))),
    Country("Sweden", 1.5, NORDIC, (City("Stockholm", "11# ##", 100),)),
    Country("Denmark", 1.5, NORDIC, (City("Copenhagen", "21##", 100),)),
    Country("Portugal", 1, PORTUGUESE, (City("Lisbon", "1### ###", 100),)),
    Country("Poland", 1, POLISH, (City("Warsaw", "00-###", 100),)),
)

SUPPLIER_ROOTS = _split(
    "Alpenhof Nordwind Bluestone Corvina Dünenland Estrella Fjordline Goldrain Hanse Isarwerk "
    "Juniper Kestrel Lumina Marisol Nimbus Oakfield Primavera Quarry Rheingold Silvano"
)
SUPPLIER_FORMS = (
    ("Trading GmbH", "Germany"),
    ("Works Ltd", "United Kingdom"),
    ("et Fils", "France"),
    ("Goods Inc", "United States"),
    ("Handels GmbH", "Austria"),
    ("Imports BV", "Netherlands"),
    ("Hermanos", "Spain"),
    ("Fratelli", "Italy"),
)

REVIEW_TITLES = {
    1: ("Not for me", "Broke after a week", "Very disappointed", "Waste of money"),
    2: ("Expected more", "Rather flimsy", "Below average", "Could be better"),
    3: ("It does the job", "Neither good nor bad", "Fine for the price", "Average"),
    4: ("Good buy", "Happy with it", "Solid quality", "Nearly perfect"),
    5: ("Love it", "Would buy again", "Exactly right", "Best purchase this year"),
}
REVIEW_OPENINGS = {
    1: ("It stopped working within days.", "The finish came off at once.", "It arrived scratched."),
    2: ("The material feels cheap.", "It looks different from the picture.", "It is smaller than I thought."),
    3: ("It is what it is.", "It works, but nothing about it is special.", "Good enough for now."),
    4: ("Well made and nice to use.", "It arrived quickly and works as described.", "Good value."),
    5: ("I use it every day.", "The quality surprised me.", "A present that was a great success."),
}
REVIEW_CLOSINGS = {
    1: ("I sent it back.", "I would not order it again."),
    2: ("I keep it, but I am not happy.", "For this price I expected better."),
    3: ("Delivery was fine.", "I might try another one next time."),
    4: ("One star off for the packaging.", "I can recommend it."),
    5: ("I have already ordered a second one.", "My whole family is pleased with it."),
}
RETURN_REASONS = (
    ("changed mind", 30),
    ("damaged", 20),
    ("not as described", 18),
    ("wrong item", 12),
    ("arrived late", 10),
)
SIZE_REASONS = (("too small", 40), ("too large", 30))
