"""Hold the small words and phrases that carry a question's form. General English, data only."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "show", "what", "count", "much", "agg", "sup", "top", "common", "op", "postop", "between", "like",
    "not", "each", "by", "order", "direction", "distinct", "who", "that", "with", "have", "whose",
    "where", "prep", "and", "or", "comma", "stop", "both", "either", "neither", "nor", "except", "all",
    "be", "it", "also", "same", "null", "bucket", "share", "only", "ratio", "verb", "there", "filler",
    "information", "than", "when", "but", "compare",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sign:
    """What a phrase of form says. `arg` is its meaning within its kind, `about` the property it implies."""

    kind: Kind
    arg: str = ""
    about: str = ""


_LISTED: tuple[tuple[Kind, str, str], ...] = (
    (
        "show",
        "",
        "show|show me|show us|list|list out|list up|give|give me|give us|find|find out|display|return|"
        "tell|tell me|get|get me|print|output|retrieve|fetch|see|view|can you tell me|"
        "could you tell me|report|provide|i want to see|i want to know|i would like to know|"
        "i would like to see|i want|i need|please|name|state|identify|look up|search for|search|select|"
        "present|enumerate|let me know|write|choose|let us see|let me see|do you know|pull up|compute|"
        "calculate|determine|what about me",
    ),
    (
        "what",
        "",
        "what|which|what kind of|what kinds of|what sort of|which kind of|what type of|"
        "what are some of|which ones|which one",
    ),
    (
        "who",
        "",
        "who|whom",
    ),
    (
        "when",
        "",
        "when|on what date|on which date|on which day|on what day|since when",
    ),
    (
        "count",
        "",
        "how many|number of|the number of|count|count of|count the number of|total number of|"
        "the total number of|total count of|how many different|total count|amount of|how often|"
        "numbers of|count how many|how many times|quantity of",
    ),
    (
        "much",
        "",
        "how much|how much money|how large|how big|how high",
    ),
    (
        "agg",
        "avg",
        "average|mean|avg|average of|the average of|on average|typical|averaged",
    ),
    (
        "agg",
        "sum",
        "sum|sum of|total|total of|total amount of|combined|overall|in total|total sum of|summed|"
        "sum up|all together|altogether|cumulative",
    ),
    (
        "agg",
        "max",
        "maximum|max|maximum of|maximal|maximun",
    ),
    (
        "agg",
        "min",
        "minimum|min|minimum of|minimal",
    ),
    (
        "sup",
        "desc",
        "highest|most|largest|greatest|biggest|the most|top|topmost|the highest|the largest|"
        "maximum number of|max number of|most number of|highest number of|largest number of|"
        "greatest number of|biggest number of|largest amount of|highest amount of|greatest amount of|"
        "most of|the greatest|high",
    ),
    (
        "sup",
        "asc",
        "lowest|least|smallest|fewest|the least|the fewest|the lowest|the smallest|bottom|"
        "minimum number of|min number of|least number of|lowest number of|fewest number of|"
        "smallest number of|smallest amount of|lowest amount of|least amount of",
    ),
    (
        "common",
        "desc",
        "most common|most popular|most frequent|most frequently|most often|most commonly|"
        "most frequently used|most commonly used|most used|the most common|the most popular|"
        "most prevalent|majority of|the majority of|most typical|commonest",
    ),
    (
        "common",
        "asc",
        "least common|least popular|least frequent|least often|least commonly|least used|rarest|"
        "least frequently",
    ),
    (
        "op",
        ">",
        "more than|greater than|larger than|over|above|exceeding|exceeds|exceed|higher than|"
        "bigger than|in excess of|beyond|surpassing|upwards of|greater|larger|higher|bigger|more|> |"
        "no smaller|is over|is above|surpass|surpasses",
    ),
    (
        "op",
        ">=",
        "at least|no less than|not less than|no fewer than|minimum of|a minimum of|"
        "equal to or greater than|greater than or equal to|more than or equal to|not fewer than|"
        "equal or more than|equal to or more than|not under|not below|greater or equal to|starting at|"
        "starting from",
    ),
    (
        "op",
        "<",
        "less than|fewer than|smaller than|lower than|under|below|less|fewer|lower|smaller|is under|is below",
    ),
    (
        "op",
        "<=",
        "at most|no more than|not more than|up to|maximum of|a maximum of|less than or equal to|"
        "equal to or less than|not exceeding|not over|not above|no greater than|no larger than|"
        "no higher than|smaller than or equal to|lower than or equal to",
    ),
    (
        "op",
        "=",
        "exactly|equal|equal to|equals|is equal to|precisely|equals to|same as|the same as|is exactly",
    ),
    (
        "op",
        "<>",
        "not equal to|not equal|other than|different from|unequal to|differs from|is different from",
    ),
    (
        "op",
        ">=",
        ">=",
    ),
    (
        "op",
        "<=",
        "<=",
    ),
    (
        "op",
        ">",
        ">",
    ),
    (
        "op",
        "<",
        "<",
    ),
    (
        "op",
        "=",
        "=",
    ),
    (
        "op",
        "<>",
        "!=|<>",
    ),
    (
        "postop",
        ">=",
        "or more|or after|or newer|or above|or over|or higher|or greater|or later|or older|or better|"
        "and above|and over|and more|and up|or longer|or up|upwards",
    ),
    (
        "postop",
        "<=",
        "or less|or before|or fewer|or below|or under|or lower|or smaller|or earlier|or younger|"
        "and below|and under|or shorter",
    ),
    (
        "between",
        "",
        "within the range|within the range of|within a range of|range|the range|between|in between|"
        "ranging from|in the range of|in the range from|in the range|ranges from|range from",
    ),
    (
        "like",
        "contains",
        "contain|contains|containing|contained|contain the word|contains the word|containing the word|"
        "include|includes|including|included|contain the substring|contains the substring|"
        "containing the substring|with the substring|have the substring|has the substring|has the word|"
        "have the word|contain the letter|contains the letter|containing the letter|with the letter|"
        "with the word|the phrase|the word|the substring|substring|have the letter|contain the phrase|"
        "contains the phrase|containing the phrase|the string|contains the string|contain the string|"
        "has the phrase|like|mention|mentions|mentioning|as the phrase|as part of|has the letter|"
        "with letter|the letter|the letters|match|matches|the text|contains the text|named like|"
        "called like",
    ),
    (
        "like",
        "starts",
        "start with|starts with|starting with|begin with|begins with|beginning with|started with|"
        "starts with the letter|start with the letter|begin with the letter|begins with the letter|"
        "beginning with the letter|starting with the letter|with the prefix|prefix|has the prefix|"
        "have the prefix|starts by|prefixed with|start with letter|starts with letter|"
        "beginning with letter",
    ),
    (
        "like",
        "ends",
        "end with|ends with|ending with|ended with|end in|ends in|ending in|ends with the letter|"
        "end with the letter|ending with the letter|with the suffix|suffix|is ending with|"
        "is ending with the letter",
    ),
    (
        "not",
        "",
        "not|no|never|without|non|neither of|cannot|lack|lacks|lacking|without any|have no|has no|"
        "had no|with no|does not have|do not have|did not have|none of|does not|do not|did not|"
        "no longer|not yet|has not|have not|was not|were not|is not|are not|never been|n't|nobody|none|"
        "not have|does not have any|do not have any|did not have any|not have any|not any|has never|"
        "have never|had never|with zero|have zero|has zero|zero",
    ),
    (
        "each",
        "",
        "for the different|for different|for distinct|for the distinct|across different|"
        "of the different|in different|in the different|each|every|per|for each|for every|of each|"
        "by each|in each|for each of|for all the different|each of|at each|on each|from each|with each|"
        "to each|for each of the|each of the|respective|for each distinct|for each different|in every|"
        "of every|corresponding to each",
    ),
    (
        "by",
        "",
        "in terms of|by|grouped by|group by|broken down by|break down by|split by|according to|"
        "divided by|breakdown by|split up by|segmented by|by different|grouped according to|"
        "group by each|separated by|across",
    ),
    (
        "order",
        "",
        "sorted by|ordered by|order by|sort by|ranked by|rank by|arranged by|in order of|"
        "in the order of|sort them by|order them by|listed by|list by|sorted according to|"
        "ordered according to|sort the|sort|sorted|order the|listed in order of|sort the list by|"
        "order the list by|in the order|sorted from|ordered from|ranked|in order|rank|ordered|"
        "sort the results by|order the results by|sort the result by|in an order of|"
        "ordered descending by|sorted descending by|ordered ascending by|sorted ascending by|"
        "ordering by|sorting by|arrange|arranged",
    ),
    (
        "direction",
        "asc",
        "ascending|ascending order|in ascending order|alphabetical|alphabetical order|alphabetically|"
        "in alphabetical order|in an ascending order|ascendingly|increasing order|in increasing order|"
        "increasing|lexicographical order|lexicographically|in lexicographical order|"
        "lexicographic order|in lexicographic order|from a to z|from low to high|"
        "from lowest to highest|from smallest to largest|from least to most|lowest to highest|"
        "least to greatest|smallest to largest|from oldest to newest|chronological order|"
        "chronologically|in chronological order|from least to greatest|from youngest to oldest|"
        "youngest to oldest|from earliest to latest|from shortest to longest|lowest first|"
        "smallest first|ascending first|ordered alphabetically|sorted alphabetically|"
        "alphabetically ordered|alphabetically sorted|ascending alphabetical order|"
        "in ascending alphabetical order|in ascending lexicographical order|"
        "ascending lexicographical order|from the youngest to the oldest|"
        "from the lowest to the highest|from the smallest to the largest|"
        "from the earliest to the latest|ascend|from low to high|in ascending|in alphabetic order|"
        "alphabetic order|low to high|from young to old",
    ),
    (
        "direction",
        "desc",
        "descending|descending order|in descending order|in a descending order|decreasing order|"
        "in decreasing order|decreasing|from high to low|from highest to lowest|"
        "from largest to smallest|from most to least|highest to lowest|most to least|greatest to least|"
        "reverse order|in reverse order|reverse alphabetical order|in reverse alphabetical order|"
        "in descending alphabetical order|descending alphabetical order|from newest to oldest|"
        "from greatest to least|from oldest to youngest|oldest to youngest|"
        "from the oldest to the youngest|from latest to earliest|from longest to shortest|"
        "highest first|largest first|most first|biggest first|from the highest to the lowest|"
        "from the largest to the smallest|from the latest to the earliest|from high to low|"
        "descendingly|descend|from old to young|in descending|in reversed alphabetical order|"
        "from z to a|reverse chronological order|in reverse chronological order|in reverse|reversed|"
        "high to low|in descending lexicographical order|in reverse lexicographical order",
    ),
    (
        "distinct",
        "",
        "distinct|different|unique|various|distinctive|all the different|all distinct|all different|"
        "all the distinct|differing|all the unique|non repeating|unrepeated|all unique|a distinct|"
        "uniquely",
    ),
    (
        "that",
        "",
        "that|which are|that are|which is|that is|who are|who is|that were|who were|that was|who was|"
        "which were|which was",
    ),
    (
        "whose",
        "",
        "whose",
    ),
    (
        "with",
        "",
        "with|having|that have|that has|who have|who has|which have|which has|that had|who had|which had",
    ),
    (
        "have",
        "",
        "have|has|had|own|owns|owned|owning",
    ),
    (
        "where",
        "",
        "where",
    ),
    (
        "prep",
        "of",
        "of|of the",
    ),
    (
        "prep",
        "in",
        "in|inside|within|into|at|on|located in|located at|located on|based in|situated in|live in|"
        "lives in|lived in|living in|lived|lives|live|living|residing in|reside in|resides in|"
        "happened in|held in|took place in|hosted in|situated at",
    ),
    (
        "prep",
        "from",
        "from|coming from|come from|comes from|came from|out of|originating from|originally from|"
        "originate from|originates from",
    ),
    (
        "prep",
        "for",
        "for|to|towards|about|as|during|through|via|upon|onto|against|toward|among|amongst|regarding|"
        "concerning|related to|associated with|in charge of|responsible for|belonging to|belong to|"
        "belongs to|corresponding to|for the|of all|along|around|between the",
    ),
    (
        "and",
        "",
        "and|as well as|along with|together with|plus|and also|&|and then|also with|and their|"
        "in addition to|and the",
    ),
    (
        "or",
        "",
        "or|or else|or the",
    ),
    (
        "but",
        "",
        "but|but also|yet|while|whereas|but is|but are|although|however",
    ),
    (
        "comma",
        "",
        ",|;|(",
    ),
    (
        "stop",
        "",
        ".|?|!|)|:",
    ),
    (
        "both",
        "",
        "both|both of|at the same time|simultaneously",
    ),
    (
        "either",
        "",
        "either|any of|either of|one of",
    ),
    (
        "neither",
        "",
        "neither",
    ),
    (
        "nor",
        "",
        "nor|or not",
    ),
    (
        "except",
        "",
        "except|except for|excluding|exclude|other than|besides|apart from|aside from|but not|and not|"
        "leaving out|minus|ignoring",
    ),
    (
        "all",
        "",
        "all|all of|all the|all of the|any|every single|the whole|whole|entire|the|a|an|this|some|"
        "some of|these|those|everyone|everybody|anything|anyone|something|somebody|someone|anybody|"
        "nothing|one|ones|any other|such|current|currently|available|certain|given|particular|specific|"
        "exist|exists|existing|listed|recorded|registered in the database|the given|individual",
    ),
    (
        "be",
        "",
        "is|are|was|were|be|been|being|am|does|do|did|can|could|would|will|should|shall|may|might|must|"
        "get|gets|got|happen|happened|'s|became|become|becomes",
    ),
    (
        "it",
        "",
        "it|its|their|them|they|he|she|his|her|him|we|you|i|me|us|our|your|my|themselves|itself|whom|theirs",
    ),
    (
        "there",
        "",
        "there|there are|there is|are there|is there|were there|do we have|we have|do you have|"
        "in the database|in our database|in the system|in the table|in the record|in the records|"
        "on record|in the list|are there in total|in the data|in this database|have we|did we have|"
        "in our system|on file|in stock overall|in all",
    ),
    (
        "also",
        "",
        "also|too|then|additionally|respectively|again|instead|now|just|already|still|so|even|well|"
        "please also|directly|together|finally|lastly|first by|overall in",
    ),
    (
        "same",
        "",
        "same|the same|identical",
    ),
    (
        "null",
        "yes",
        "null|empty|missing|unknown|not known|unspecified|not available|not recorded|not specified|"
        "blank|not set|undefined",
    ),
    (
        "null",
        "no",
        "not null|non null|not empty|not missing|known|is known|is not null|specified",
    ),
    (
        "share",
        "",
        "percentage|percentage of|percent of|share of|share|proportion of|proportion|fraction of|"
        "what percent of|what percentage of|what share of|what proportion of|what fraction of|percent|"
        "portion of|rate of",
    ),
    (
        "only",
        "",
        "only|solely|exclusively",
    ),
    (
        "than",
        "",
        "than|compared to|compared with",
    ),
    (
        "ratio",
        "",
        "ratio of|ratio between|ratio",
    ),
    (
        "compare",
        "",
        "compare|versus|vs|vs.|comparison of|difference between|the difference between|difference in",
    ),
    (
        "information",
        "",
        "information|details|detail|info|everything|all information|all the information|all details|"
        "all the details|all info|all the info|full details|complete information|all columns|"
        "full information|record|records|rows|entries|data|all data|all attributes|all fields|"
        "description of all|all about|everything about|information of|information about|"
        "information for|details of|details about|details for|all information about|"
        "all the information about|all the details about|information on|details on|"
        "all of the information",
    ),
    (
        "filler",
        "",
        "database|table|system|list of|the list of|a list of|set|set of|result|results|thing|things|"
        "way|time|times|total of all|value|values|kind|kinds|sort of|type of|kind of|group|groups|"
        "item of|case|cases|please|if|because|how|why|ever|once|own|much|many|very|really|exact|actual|"
        "possible|overall count|else|out|up|off|who ever|there any|ok|okay|hi|hey|hello|well then|"
        "together with their|used|using|use|uses|utilized|assigned|made|make|makes|associated|"
        "corresponding|involved|related|under the|recorded as|considered|held|offered|provided|"
        "described|represented|received|obtained|done|having been|participate|participated|shown|"
        "appear|appears|appeared|occur|occurred|occurs|present in|contained in|stored|taken|put|set to|"
        "titled|named|called|labelled|labeled|entitled|known as|with name|with the name|with the title|"
        "by the name of|under the name|describe|described as|correspond|corresponds|lie|lies|go|goes|"
        "went|going|did it|belong|belongs|whether|member|members|when it|following|us about|worth|"
        "worth of|we made|did we|we|been made|value of|values of|full|complete|entire list of|entire|"
        "database of|in the world|our shop|shop|store records|on offer|thanks|thank you|cheers|kindly|"
        "placed|the shop|euro|euros|eur|dollar|dollars|usd|bucks|pound|pounds|gbp|years old|year old|"
        "kg|kilometers|km|miles|meters|metres|cm|percent of them|in size|in length|in height|in age|"
        "of age|in value|in price|each other|so far|to date|ever since|worldwide",
    ),
    (
        "bucket",
        "day",
        "daily|per day|by day|each day|for each day|every day|day by day|a day",
    ),
    (
        "bucket",
        "week",
        "weekly|per week|by week|each week|for each week|every week|week by week|a week",
    ),
    (
        "bucket",
        "month",
        "monthly|per month|by month|each month|for each month|every month|month by month|a month|"
        "over the months|by months|per calendar month|of each month|in each month|month over month|"
        "by the month",
    ),
    (
        "bucket",
        "quarter",
        "quarterly|per quarter|by quarter|each quarter|for each quarter|every quarter|a quarter|"
        "by quarters|of each quarter|in each quarter",
    ),
    (
        "bucket",
        "year",
        "yearly|annually|annual|year by year|by years|over the years|year over year",
    ),
    (
        "bucket",
        "weekday",
        "by weekday|per weekday|by day of the week|by day of week|per day of the week|on which weekday|"
        "each weekday",
    ),
    (
        "bucket",
        "hour",
        "hourly|by hour|per hour|by hour of the day|by hour of day|each hour",
    ),
)

# Words of degree with the property they are about: the properties are looked for among the columns.
_DEGREES: tuple[tuple[str, str, str, str], ...] = (
    # property words, comparatives, superlatives, direction
    (
        "age|birth date|date of birth|birthday|birth year|year of birth",
        "older than|older|elder than",
        "oldest|eldest",
        "desc",
    ),
    (
        "age|birth date|date of birth|birthday|birth year|year of birth",
        "younger than|younger",
        "youngest",
        "asc",
    ),
    (
        "height|length",
        "taller than|taller",
        "tallest",
        "desc",
    ),
    (
        "height|length",
        "shorter than|shorter",
        "shortest",
        "asc",
    ),
    (
        "length|duration|runtime|time|hours|minutes|distance",
        "longer than|longer",
        "longest",
        "desc",
    ),
    (
        "weight|mass",
        "heavier than|heavier|weigh more than|weighs more than",
        "heaviest",
        "desc",
    ),
    (
        "weight|mass",
        "lighter than|lighter|weigh less than|weighs less than",
        "lightest",
        "asc",
    ),
    (
        "speed|horsepower|velocity|accelerate|acceleration",
        "faster than|faster",
        "fastest",
        "desc",
    ),
    (
        "speed|horsepower|velocity",
        "slower than|slower",
        "slowest",
        "asc",
    ),
    (
        "price|cost|fee|charge|amount|rate|value",
        "more expensive than|costlier than|pricier than|more expensive|cost more than|costs more than|"
        "costing more than|costing over|that cost over|cost over",
        "most expensive|priciest|dearest|costliest|most costly",
        "desc",
    ),
    (
        "price|cost|fee|charge|amount|rate|value",
        "cheaper than|less expensive than|cheaper|cost less than|costs less than|costing less than|"
        "costing under|cost under",
        "cheapest|least expensive|most affordable|least costly",
        "asc",
    ),
    (
        "date|year|time",
        "newer than|more recent than|later than|after|newer",
        "newest|latest|most recent|most recently|last|the last|the latest|recent|the most recent",
        "desc",
    ),
    (
        "date|year|time",
        "earlier than|before|prior to",
        "earliest|first|the first|the earliest|least recent|least recently",
        "asc",
    ),
    (
        "sold",
        "",
        "best selling|bestselling|top selling|most sold|best sold|most selling",
        "desc",
    ),
    (
        "sold",
        "",
        "worst selling|least sold|slowest selling",
        "asc",
    ),
    (
        "rating|score|grade|star|rank",
        "better than|better rated than|rated higher than|rated above|rated over|rated better than|"
        "rated more than|scored more than|score more than",
        "best|best rated|highest rated|top rated|highest scoring|best reviewed",
        "desc",
    ),
    (
        "rating|score|grade|star|rank",
        "worse than|worse rated than|rated lower than|rated below|rated under|rated less than",
        "worst|worst rated|lowest rated|poorest rated|lowest scoring|worst reviewed",
        "asc",
    ),
    (
        "salary|income|pay|earnings|wage|money",
        "earning more than|earn more than|earns more than|paid more than|makes more than|"
        "make more than|richer than",
        "highest paid|richest|best paid|highest earning|top earning|wealthiest",
        "desc",
    ),
    (
        "salary|income|pay|earnings|wage|money",
        "earning less than|earn less than|earns less than|paid less than|makes less than|make less than",
        "lowest paid|poorest|worst paid|lowest earning",
        "asc",
    ),
    (
        "population|people",
        "more populous than|more populated than",
        "most populous|most populated|most crowded",
        "desc",
    ),
    (
        "population|people",
        "less populous than",
        "least populous|least populated",
        "asc",
    ),
    (
        "area|size|capacity|surface|square",
        "",
        "most spacious|widest",
        "desc",
    ),
    (
        "depth",
        "deeper than",
        "deepest",
        "desc",
    ),
)

_UNITS = ("day", "week", "month", "quarter", "year", "weekday", "hour")


def _collect() -> dict[str, tuple[Sign, ...]]:
    found: dict[str, list[Sign]] = {}
    for kind, arg, phrases in _LISTED:
        for phrase in phrases.split("|"):
            # An article is passed over anyhow; with it, `the first` would tear `first name` apart.
            if phrase.startswith("the ") and kind in {"sup", "agg", "common"}:
                continue
            found.setdefault(phrase.strip(), []).append(Sign(kind, arg))
    for about, comparatives, superlatives, direction in _DEGREES:
        op = ">" if direction == "desc" else "<"
        for phrase in filter(None, comparatives.split("|")):
            found.setdefault(phrase, []).insert(0, Sign("op", op, about))
        for phrase in filter(lambda said: said and not said.startswith("the "), superlatives.split("|")):
            found.setdefault(phrase, []).insert(0, Sign("sup", direction, about))
    for unit in _UNITS:
        for form in (unit, f"{unit}s"):
            found.setdefault(form, []).append(Sign("bucket", unit, "unit"))
    found.setdefault("day of the week", []).append(Sign("bucket", "weekday", "unit"))
    return {phrase: tuple(signs) for phrase, signs in found.items()}


SIGNS = _collect()
"""Each phrase with its possible meanings, the likeliest first."""

LONGEST_SIGN = max(len(phrase.split()) for phrase in SIGNS)
