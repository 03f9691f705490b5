"""Product data of the sample shop: departments, categories, product names and prices. Data only."""

from typing import NamedTuple


class CategoryData(NamedTuple):
    """Product category, with prices in euros from `low` to `high` and the nouns of its product names."""

    name: str
    low: float
    high: float
    nouns: tuple[str, ...]


class Department(NamedTuple):
    """Top-level category. `season` is the demand factor by month (1 to 12), 1 where missing."""

    name: str
    categories: tuple[CategoryData, ...]
    season: dict[int, float]


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


SPRING_AND_SUMMER = {3: 1.3, 4: 1.7, 5: 1.9, 6: 1.8, 7: 1.5, 8: 1.2, 11: 0.5, 12: 0.5, 1: 0.4, 2: 0.6}
PRESENTS = {11: 1.5, 12: 2.1, 1: 0.7}

DEPARTMENTS = (
    Department(
        "Kitchen",
        (
            CategoryData(
                "Cookware", 19, 159, ("Frying Pan", "Saucepan", "Casserole", "Wok", "Stock Pot", "Grill Pan")
            ),
            CategoryData(
                "Knives",
                12,
                139,
                ("Chef's Knife", "Paring Knife", "Bread Knife", "Knife Block", "Steak Knife Set"),
            ),
            CategoryData(
                "Coffee and Tea",
                9,
                129,
                ("Teapot", "French Press", "Kettle", "Coffee Grinder", "Milk Frother"),
            ),
            CategoryData(
                "Tableware", 6, 79, ("Dinner Plate", "Soup Bowl", "Mug", "Serving Platter", "Cutlery Set")
            ),
            CategoryData(
                "Baking", 5, 49, ("Cake Tin", "Rolling Pin", "Mixing Bowl", "Baking Tray", "Pastry Brush")
            ),
        ),
        {12: 1.3},
    ),
    Department(
        "Home",
        (
            CategoryData(
                "Lighting", 19, 199, ("Table Lamp", "Floor Lamp", "Pendant Light", "Night Light", "Wall Lamp")
            ),
            CategoryData("Bedding", 15, 149, ("Duvet", "Pillow", "Linen Sheet", "Blanket", "Quilt")),
            CategoryData(
                "Decoration", 5, 89, ("Vase", "Candle Holder", "Picture Frame", "Wall Clock", "Mirror")
            ),
            CategoryData(
                "Storage", 7, 119, ("Laundry Basket", "Shelf Unit", "Storage Box", "Coat Rack", "Shoe Rack")
            ),
        ),
        {12: 1.2, 1: 1.2},
    ),
    Department(
        "Garden",
        (
            CategoryData(
                "Garden Tools", 8, 89, ("Spade", "Pruning Shears", "Watering Can", "Rake", "Hand Trowel")
            ),
            CategoryData(
                "Planters", 6, 79, ("Plant Pot", "Window Box", "Hanging Basket", "Raised Bed", "Trellis")
            ),
            CategoryData(
                "Garden Furniture",
                39,
                449,
                ("Garden Chair", "Bistro Table", "Sun Lounger", "Bench", "Parasol"),
            ),
            CategoryData("Barbecue", 12, 349, ("Charcoal Grill", "Grill Tongs", "Fire Bowl", "Pizza Stone")),
        ),
        SPRING_AND_SUMMER,
    ),
    Department(
        "Outdoor",
        (
            CategoryData(
                "Camping", 14, 299, ("Tent", "Sleeping Bag", "Camping Stove", "Camping Mat", "Lantern")
            ),
            CategoryData(
                "Hiking", 12, 169, ("Backpack", "Trekking Poles", "Water Bottle", "Headlamp", "Rain Cover")
            ),
            CategoryData(
                "Cycling", 9, 139, ("Bike Helmet", "Bike Light", "Pannier", "Bike Pump", "Bike Lock")
            ),
            CategoryData(
                "Fitness",
                8,
                119,
                ("Yoga Mat", "Dumbbell Set", "Skipping Rope", "Foam Roller", "Exercise Ball"),
            ),
        ),
        {4: 1.2, 5: 1.4, 6: 1.5, 7: 1.4, 11: 0.8},
    ),
    Department(
        "Electronics",
        (
            CategoryData(
                "Audio", 19, 279, ("Headphones", "Bluetooth Speaker", "Earbuds", "Soundbar", "Desk Radio")
            ),
            CategoryData(
                "Smart Home",
                14,
                199,
                ("Smart Plug", "Thermostat", "Motion Sensor", "Door Camera", "Smart Bulb"),
            ),
            CategoryData(
                "Computer Accessories", 9, 189, ("Keyboard", "Mouse", "Webcam", "USB Hub", "Laptop Stand")
            ),
            CategoryData(
                "Charging",
                8,
                99,
                ("Power Bank", "Wall Charger", "Charging Cable", "Charging Pad", "Travel Adapter"),
            ),
        ),
        PRESENTS,
    ),
    Department(
        "Stationery",
        (
            CategoryData("Notebooks", 4, 39, ("Notebook", "Sketchbook", "Planner", "Pocket Diary")),
            CategoryData(
                "Writing",
                3,
                89,
                ("Fountain Pen", "Pencil Set", "Brush Pen", "Rollerball Pen", "Highlighter Set"),
            ),
            CategoryData(
                "Desk", 5, 69, ("Desk Organiser", "Paper Tray", "Desk Pad", "Letter Opener", "Stapler")
            ),
        ),
        {9: 1.5, 12: 1.3},
    ),
    Department(
        "Clothing",
        (
            CategoryData(
                "Knitwear", 29, 149, ("Wool Jumper", "Cardigan", "Scarf", "Beanie", "Knitted Gloves")
            ),
            CategoryData(
                "Shirts", 15, 89, ("Linen Shirt", "T-Shirt", "Polo Shirt", "Flannel Shirt", "Blouse")
            ),
            CategoryData(
                "Jackets", 59, 299, ("Rain Jacket", "Parka", "Fleece Jacket", "Windbreaker", "Down Vest")
            ),
            CategoryData(
                "Shoes", 39, 189, ("Sneakers", "Hiking Boots", "Slippers", "Sandals", "Wellington Boots")
            ),
        ),
        {10: 1.3, 11: 1.3, 12: 1.2},
    ),
    Department(
        "Toys",
        (
            CategoryData(
                "Board Games", 12, 69, ("Strategy Game", "Memory Game", "Card Game", "Dice Game", "Quiz Game")
            ),
            CategoryData(
                "Wooden Toys",
                9,
                99,
                ("Building Blocks", "Train Set", "Stacking Tower", "Marble Run", "Toy Kitchen"),
            ),
            CategoryData("Puzzles", 8, 49, ("Jigsaw Puzzle", "Floor Puzzle", "Brain Teaser", "Map Puzzle")),
            CategoryData(
                "Soft Toys", 9, 59, ("Teddy Bear", "Plush Fox", "Plush Whale", "Hand Puppet", "Rag Doll")
            ),
        ),
        {11: 2.0, 12: 3.2, 1: 0.6, 2: 0.7},
    ),
    Department(
        "Beauty",
        (
            CategoryData(
                "Skin Care", 7, 69, ("Face Cream", "Body Lotion", "Hand Balm", "Face Oil", "Clay Mask")
            ),
            CategoryData("Bath", 4, 49, ("Bath Salts", "Soap Set", "Shower Gel", "Bath Brush", "Bath Towel")),
            CategoryData(
                "Hair Care", 6, 59, ("Shampoo Bar", "Hair Oil", "Wooden Comb", "Hair Brush", "Conditioner")
            ),
        ),
        {12: 1.5, 2: 1.2},
    ),
    Department(
        "Pets",
        (
            CategoryData("Dogs", 6, 129, ("Dog Bed", "Dog Lead", "Dog Bowl", "Chew Toy", "Dog Coat")),
            CategoryData(
                "Cats", 5, 149, ("Scratching Post", "Cat Tunnel", "Cat Bed", "Feather Toy", "Cat Carrier")
            ),
            CategoryData(
                "Small Animals",
                5,
                89,
                ("Hamster Wheel", "Rabbit Hutch", "Hay Rack", "Bird Feeder", "Bird House"),
            ),
        ),
        {},
    ),
)

# Maximum price in euros of products that are cheaper than their category.
MAX_PRICES = {
    "Paring Knife": 39,
    "Mug": 24,
    "Soup Bowl": 29,
    "Dinner Plate": 34,
    "Pastry Brush": 14,
    "Rolling Pin": 29,
    "Night Light": 39,
    "Pillow": 79,
    "Candle Holder": 39,
    "Picture Frame": 44,
    "Storage Box": 39,
    "Laundry Basket": 59,
    "Watering Can": 39,
    "Hand Trowel": 19,
    "Rake": 44,
    "Plant Pot": 44,
    "Window Box": 44,
    "Hanging Basket": 34,
    "Grill Tongs": 24,
    "Pizza Stone": 59,
    "Camping Mat": 79,
    "Lantern": 59,
    "Water Bottle": 34,
    "Rain Cover": 29,
    "Headlamp": 69,
    "Bike Light": 59,
    "Bike Pump": 44,
    "Skipping Rope": 24,
    "Foam Roller": 39,
    "Exercise Ball": 34,
    "Yoga Mat": 79,
    "Smart Plug": 34,
    "Smart Bulb": 39,
    "Motion Sensor": 49,
    "Mouse": 89,
    "USB Hub": 69,
    "Charging Cable": 24,
    "Wall Charger": 49,
    "Travel Adapter": 39,
    "Pocket Diary": 24,
    "Highlighter Set": 14,
    "Pencil Set": 29,
    "Brush Pen": 14,
    "Letter Opener": 19,
    "Stapler": 29,
    "Beanie": 44,
    "Knitted Gloves": 49,
    "Scarf": 89,
    "T-Shirt": 44,
    "Slippers": 59,
    "Card Game": 24,
    "Dice Game": 24,
    "Memory Game": 29,
    "Stacking Tower": 34,
    "Brain Teaser": 24,
    "Hand Puppet": 29,
    "Hand Balm": 24,
    "Soap Set": 29,
    "Bath Brush": 19,
    "Shower Gel": 16,
    "Shampoo Bar": 18,
    "Wooden Comb": 24,
    "Dog Lead": 39,
    "Dog Bowl": 34,
    "Chew Toy": 19,
    "Feather Toy": 14,
    "Hamster Wheel": 34,
    "Hay Rack": 29,
    "Bird Feeder": 39,
}

# Product lines: the name of a product is "<line> <noun>".
PRODUCT_LINES = _split(
    "Alba Arken Aurelia Bergen Bramble Brisa Calder Cedar Corso Dahlia Drift Elba Ember Fable "
    "Fenn Flint Glade Halden Harbor Heron Indigo Iris Juno Kaya Kobalt Lark Linnea Loden "
    "Lumen Luna Maren Meadow Merino Mika Mistral Moss Nautic Nimbus Noma Nordic Oslo Pebble "
    "Pico Pluma Quill Raven Ridge Saga Sierra Slate Solis Sonnet Stella Sylva Tarn Terra Tove "
    "Umbra Vega Verde Vento Willow Wren Zephyr"
)
