"""Abbreviations in schema names, and words that joined names are made of. Data only."""

ABBREVIATIONS = {
    "fname": "first name", "lname": "last name", "mname": "middle name", "firstname": "first name",
    "lastname": "last name", "surname": "last name", "num": "number", "nbr": "number",
    "no": "number", "nr": "number", "qty": "quantity",
    "amt": "amount", "dept": "department", "addr": "address", "dob": "birth date", "emp": "employee",
    "stu": "student", "prof": "professor", "cust": "customer", "avg": "average", "max": "maximum",
    "min": "minimum", "yr": "year", "tel": "phone", "dt": "date", "cnt": "count", "bal": "balance",
    "acc": "account", "acct": "account", "org": "organization", "pct": "percent", "lat": "latitude",
    "lng": "longitude", "src": "source", "dst": "destination", "dest": "destination",
    "mfr": "manufacturer",
    "lang": "language", "temp": "temperature", "univ": "university", "gov": "government",
    "govt": "government", "pop": "population", "mgr": "manager", "crs": "course", "sal": "salary",
    "loc": "location", "orig": "original", "tot": "total", "wt": "weight", "ht": "height", "hrs": "hours",
    "mpg": "mile per gallon", "desc": "description", "descr": "description", "pos": "position",
    "attr": "attribute", "img": "image", "msg": "message", "std": "standard", "ref": "reference",
    "lvl": "level", "prod": "product", "mfg": "manufacturing", "cat": "category", "cd": "code",
    "abbr": "abbreviation", "trans": "transaction", "tv": "tv", "birthdate": "birth date",
    "birthday": "birth date", "zipcode": "zip code", "postcode": "postal code", "sqft": "square foot",
    "gpa": "gpa", "dir": "director", "auth": "author", "pub": "publication", "corp": "corporation",
    "ops": "operation", "nm": "name", "appt": "appointment", "appts": "appointment", "pat": "patient",
    "spec": "specialty", "flr": "floor", "inv": "invoice", "subj": "subject", "ord": "order",
}  # fmt: skip

_COMMON = """
account actor address age air airport album amount area artist at author average away balance bank birth
book budget building by capacity car channel city class club code college color colour company
conference cost count country course customer date day death department description dest destination
director district dog dorm email employee end episode event file film first flight for from full game
gender grade group has height high home hour id in is item job journal key language last length level
line location loss low major maker manager market match max member middle min minor model month movie
name note number of office order out page paper party per percent pet phone place player point
population position price product quarter rank rate rating region result review role room salary sale
sales school score season series sex share shop singer site size skill song source stars start state
status stock store story student teacher team text time title to total type unit url user value web week
weight win year
"""

# Words that joined names are often made of; with the schema's own words they suffice to split `petid`.
COMMON = frozenset(_COMMON.split())
