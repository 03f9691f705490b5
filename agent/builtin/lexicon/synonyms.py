"""Synonyms of general English. Data only."""

_SETS = """
customer client buyer shopper purchaser
employee worker staff personnel
staff employee worker faculty
car vehicle automobile auto
film movie picture
song track
singer vocalist artist performer musician
artist painter
author writer
teacher instructor professor lecturer tutor
student pupil undergraduate
physician doctor
company firm business enterprise corporation
store shop outlet
product item article good merchandise
order purchase
supplier vendor provider
manufacturer maker producer
salary pay wage earnings income
price cost charge
cost price expense
fee charge price
revenue sales turnover income
amount sum value
quantity amount count
country nation
nationality country citizenship nation
city town
location place address venue
address residence home
state province
region area district
district county
zip postal
phone telephone mobile cellphone
email mail
name title
title name headline
surname last
kind type category
type kind category
category kind type class group genre
genre style category
class course
course class module
department division
age year
gender sex
sex gender
birthday birth
job occupation profession position
position role
role position function
rating score star grade
score point rating mark
grade mark score
rank ranking position
review rating feedback
comment remark
description detail
detail description
begin start open
start begin
end finish close
date day time
duration length runtime
length duration
weight mass
height tall
altitude elevation height
elevation altitude
speed velocity
picture image photo
colour color
color colour
house home
apartment flat
building house property
property house
flight trip
plane aircraft airplane
aircraft airplane plane
airline carrier
pilot captain
team club squad
club team
player athlete
match game
game match
competition contest tournament
tournament competition
championship title
coach trainer
trainer coach
stadium arena
concert show performance
show performance
party event
event occasion
festival event
book publication volume
publication publishing
paper article
magazine journal
newspaper press
journalist reporter
document file
file document
language tongue
website site web
user account person
person people individual human
member participant
participant member attendee
candidate applicant
manager head boss chief
head chief leader chair
leader head
chairman chair
owner proprietor
resident inhabitant
population people inhabitant
wife spouse
husband spouse
patient case
nurse caregiver
illness disease
treatment therapy procedure
medication medicine drug
medicine drug medication
hospital clinic
allergy allergic
school college academy
college university
university college
campus school
dorm dormitory
dormitory dorm
room chamber
hotel inn
restaurant diner
dish meal food
meal dish food
beverage drink
wine vintage
pet animal
animal pet
dog puppy
breed race
insurance policy
policy insurance
claim demand
payment transaction
transaction payment
invoice bill
bill invoice
bank branch
loan credit
account deposit
balance money
budget fund
profit gain earnings
tax duty
discount rebate reduction
coupon voucher
delivery shipment
shipment delivery
ship vessel boat
boat ship
vessel ship
train railway
station stop
bridge span
museum gallery
gallery museum
exhibition exhibit
visitor guest
guest visitor
visit attend
tour trip
mountain peak
river stream
storm hurricane
election vote
vote ballot
voter elector
party organization
law rule
crime offence
problem issue
issue problem
complaint grievance
project assignment
assignment task
task job
skill ability
device gadget
phone device
model version
version edition
code id
id identifier number code
number id code
count number
amount number
name title
capacity seat size
seat capacity
size capacity area
area size surface
population resident
stock inventory
inventory stock
cart basket
basket cart
segment group
rebate discount
channel station
broadcast air
episode instalment
director filmmaker
actor cast
album record
record album
label company
band group
orchestra ensemble
instrument tool
conductor director
dancer performer
hometown home
origin country
headquarter headquarters hq
headquarters headquarter office
founder founded
founded found establish
established found
hire employ
hired hire
wedding marriage
church chapel
county district
earn salary
weigh weight
abbreviation short code
horsepower power
attendance audience
audience attendance
fan supporter
friend buddy
enrollment enrolment registration
enrolment enrollment
degree title
major subject field
subject topic major
topic subject
theme topic
semester term
term semester
tuition fee
credit point
phone number
"""


def _parse_sets() -> dict[str, tuple[str, ...]]:
    synonyms: dict[str, set[str]] = {}
    for line in _SETS.strip().splitlines():
        word, *similar = line.split()
        synonyms.setdefault(word, set()).update(similar)
    # Sorted, so that ties between equally good matches are always resolved in the same way.
    return {word: tuple(sorted(similar)) for word, similar in synonyms.items()}


SYNONYMS = _parse_sets()
"""Each word with words that may replace it. Not symmetric on purpose: a captain may be a pilot."""

# Spellings of stored boolean values.
TRUE_WORDS = frozenset({"true", "yes", "t", "y", "1"})
FALSE_WORDS = frozenset({"false", "no", "f", "n", "0"})
