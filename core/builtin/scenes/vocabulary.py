"""The words that scenes are told in: what captions say in training, and what prompts are matched with on stage."""

from __future__ import annotations

from enum import StrEnum


class Mood(StrEnum):
    DARK = "dark"
    BRIGHT = "bright"
    NEON = "neon"
    PASTEL = "pastel"
    VIVID = "vivid"
    DREAMY = "dreamy"


class Style(StrEnum):
    MIRROR = "mirror"
    PIXEL = "pixel"
    PSYCHEDELIC = "psychedelic"
    POSTER = "poster"


FAMILY_PHRASES: dict[str, tuple[str, ...]] = {
    "nebula": ("nebula", "cosmic nebula", "space clouds", "interstellar nebula", "cosmic dust"),
    "galaxy": ("galaxy", "spiral galaxy", "swirling galaxy", "milky way"),
    "starfield": ("starfield", "stars", "starry sky", "flying through stars", "warp speed stars"),
    "flames": ("flames", "fire", "burning fire", "blaze", "flames dancing"),
    "lava": ("lava", "molten lava", "magma", "volcanic cracks"),
    "waves": ("ocean waves", "waves", "sea waves", "stormy sea", "rolling ocean"),
    "underwater": ("underwater", "underwater light rays", "deep sea", "sunbeams under water"),
    "aurora": ("aurora", "northern lights", "aurora borealis", "polar lights"),
    "sunset": ("sunset", "sun over the sea", "sunset over the ocean", "sunrise", "evening sun"),
    "mountains": ("mountains", "misty mountains", "mountain range", "foggy peaks", "mountain layers"),
    "dunes": ("desert dunes", "desert", "sand dunes", "rolling dunes"),
    "city": ("city skyline", "city at night", "skyscrapers", "cityscape", "night city lights"),
    "synthwave": ("synthwave grid", "retro sun over a grid", "synthwave", "retrowave", "outrun landscape"),
    "tunnel": ("tunnel", "endless tunnel", "vortex tunnel", "time tunnel", "corridor of light"),
    "mandala": ("mandala", "kaleidoscope", "kaleidoscope pattern", "symmetrical ornament", "sacred geometry"),
    "stained glass": ("stained glass", "voronoi cells", "glass window", "cells", "cracked glass"),
    "marble": ("marble", "agate", "agate stone", "marble texture", "veined stone"),
    "snowflake": ("snowflake", "snowflakes", "snow crystal", "ice crystal"),
    "frost": ("frost", "frozen window", "ice", "frosted ice pattern"),
    "bokeh": ("bokeh lights", "bokeh", "blurred lights", "glowing orbs", "soft light circles"),
    "smoke": ("smoke", "wisps of smoke", "swirling smoke", "fog wisps", "vapour"),
    "jellyfish": ("jellyfish", "glowing jellyfish", "medusa", "floating jellyfish"),
    "flower": ("flower", "blossom", "flower petals", "blooming flower", "lotus"),
    "eye": ("eye", "iris", "eyeball", "human eye", "staring eye"),
    "planet": ("planet", "planet with rings", "moon", "alien planet", "saturn"),
    "lightning": ("lightning", "thunderstorm", "lightning storm", "electric bolts"),
    "honeycomb": ("honeycomb", "hexagons", "hexagon grid", "hexagonal pattern"),
    "moire": ("interference waves", "ripples", "moire pattern", "concentric circles", "wave interference"),
    "op art": ("op art", "op art stripes", "optical illusion", "stripes", "zebra stripes"),
    "peacock": ("peacock feathers", "feathers", "peacock", "feather pattern"),
    "clouds": ("clouds", "cloudy sky", "fluffy clouds", "sky"),
    "forest": ("forest", "trees", "misty forest", "forest silhouettes", "woods"),
    "mosaic": ("mosaic", "tiles", "pixel squares", "mosaic tiles", "led wall"),
    "fluid": ("liquid", "fluid swirls", "liquid paint", "oil swirls", "flowing liquid"),
    "lasers": ("laser beams", "lasers", "stage lights", "concert lights", "light show"),
    "ridgelines": ("waveform lines", "sound waves", "audio waveform", "ridge lines", "signal lines"),
    "fireworks": ("fireworks", "firework show", "exploding fireworks", "sparks"),
    "crystal": ("crystals", "crystal cluster", "gemstones", "quartz crystals", "gems"),
    "gears": ("gears", "clockwork", "cogwheels", "gear wheels", "steampunk machine"),
    "robot": ("robot", "android", "cyborg", "robot head"),
    "circuit": ("circuit board", "circuit", "microchip", "computer chip"),
    "highway": ("highway", "light trails", "car lights", "night road"),
    "rocket": ("rocket", "rocket launch", "spaceship", "starship"),
    "vinyl": ("vinyl record", "vinyl", "turntable", "record player"),
    "cubes": ("cubes", "isometric cubes", "boxes", "block columns"),
    "low poly": ("low poly mountains", "low poly", "polygons", "facets"),
    "wireframe": ("wireframe", "wireframe terrain", "wireframe globe", "hologram"),
    "maze": ("maze", "labyrinth", "winding tubes", "tangled pipes"),
    "spirograph": ("spirograph", "string art", "fine curves", "rosette of lines"),
    "dna": ("dna", "double helix", "helix", "dna strand"),
    "heart": ("heart", "neon heart", "beating heart", "hearts"),
    "glitch": ("glitch", "broken screen", "datamosh", "corrupted video"),
    "code rain": ("code rain", "falling code", "matrix code", "digital rain"),
    "equalizer": ("equalizer", "spectrum bars", "sound bars", "audio spectrum"),
    "disco ball": ("disco ball", "mirror ball", "glitter ball"),
}
FAMILIES = tuple(FAMILY_PHRASES)
SUBJECTS = (
    "galaxy",
    "flames",
    "mandala",
    "snowflake",
    "bokeh",
    "jellyfish",
    "flower",
    "lasers",
    "fireworks",
    "planet",
    "heart",
    "dna",
    "spirograph",
    "disco ball",
    "robot",
    "rocket",
)
BACKDROPS = (
    *("nebula", "starfield", "underwater", "aurora", "clouds", "smoke", "tunnel", "mountains"),
    *("lava", "waves", "fluid", "forest", "frost", "sunset", "city"),
    *("code rain", "wireframe", "low poly", "circuit", "highway"),
)

MOOD_PHRASES: dict[Mood, tuple[str, ...]] = {
    Mood.DARK: ("dark", "moody", "gloomy", "dim"),
    Mood.BRIGHT: ("bright", "luminous", "sunny", "shining"),
    Mood.NEON: ("neon", "glowing neon", "electric", "fluorescent"),
    Mood.PASTEL: ("pastel", "soft pastel", "pale", "delicate"),
    Mood.VIVID: ("vivid", "colorful", "saturated", "intense"),
    Mood.DREAMY: ("dreamy", "hazy", "soft focus", "ethereal"),
}
STYLE_PHRASES: dict[Style, tuple[str, ...]] = {
    Style.MIRROR: ("mirrored", "symmetrical", "kaleidoscopic", "reflected"),
    Style.PIXEL: ("pixelated", "8-bit", "pixel art", "low resolution"),
    Style.PSYCHEDELIC: ("psychedelic", "trippy", "acid trip"),
    Style.POSTER: ("poster style", "posterized", "flat graphic", "screen print"),
}
COLOUR_PHRASES: dict[str, tuple[str, ...]] = {
    "red": ("red", "crimson"),
    "orange": ("orange", "amber"),
    "yellow": ("yellow",),
    "gold": ("gold", "golden"),
    "green": ("green", "emerald"),
    "lime": ("lime", "acid green"),
    "teal": ("teal", "turquoise"),
    "cyan": ("cyan", "aqua"),
    "blue": ("blue", "azure"),
    "indigo": ("indigo",),
    "purple": ("purple", "violet"),
    "magenta": ("magenta",),
    "pink": ("pink", "rose"),
    "silver": ("silver", "grey"),
    "white": ("white",),
    "rainbow": ("rainbow", "multicolor", "rainbow colors"),
    "black and white": ("black and white", "monochrome", "grayscale"),
    "sunset": ("sunset colors", "warm"),
    "fire": ("fiery", "fire colors", "hot"),
    "ice": ("icy", "cold", "ice blue"),
    "candy": ("candy colors", "bubblegum"),
    "acid": ("acid colors", "toxic"),
    "earth": ("earthy", "earth tones", "sepia", "brown"),
}

NATURAL_COLOURS: dict[str, tuple[str, ...]] = {  # of a family when the prompt names none
    "nebula": ("purple", "blue", "magenta", "sunset"),
    "galaxy": ("blue", "gold", "purple"),
    "starfield": ("white", "blue", "indigo"),
    "flames": ("fire",),
    "lava": ("fire",),
    "waves": ("blue", "teal", "ice"),
    "underwater": ("blue", "teal", "cyan"),
    "aurora": ("green", "teal"),
    "sunset": ("sunset",),
    "mountains": ("blue", "sunset", "ice", "purple"),
    "dunes": ("earth", "orange", "gold"),
    "city": ("blue", "indigo", "purple"),
    "synthwave": ("sunset", "magenta"),
    "tunnel": ("blue", "cyan", "rainbow"),
    "mandala": ("gold", "rainbow", "magenta"),
    "stained glass": ("rainbow", "sunset"),
    "marble": ("white", "earth", "teal"),
    "snowflake": ("ice",),
    "frost": ("ice",),
    "bokeh": ("gold", "orange", "pink"),
    "smoke": ("silver", "white"),
    "jellyfish": ("cyan", "magenta", "blue"),
    "flower": ("pink", "red", "magenta"),
    "eye": ("blue", "green", "gold"),
    "planet": ("orange", "earth", "blue"),
    "lightning": ("blue", "purple"),
    "honeycomb": ("gold", "orange"),
    "moire": ("black and white", "cyan"),
    "op art": ("black and white",),
    "peacock": ("teal", "green"),
    "clouds": ("blue", "pink", "sunset"),
    "forest": ("green", "teal"),
    "mosaic": ("rainbow", "teal"),
    "fluid": ("rainbow", "candy", "sunset"),
    "lasers": ("green", "magenta", "cyan"),
    "ridgelines": ("white",),
    "fireworks": ("gold", "rainbow", "pink"),
    "crystal": ("purple", "cyan", "pink"),
    "gears": ("gold", "earth", "silver"),
    "robot": ("cyan", "blue", "silver"),
    "circuit": ("green", "teal", "cyan"),
    "highway": ("orange", "red", "sunset"),
    "rocket": ("orange", "blue", "silver"),
    "vinyl": ("red", "orange", "purple"),
    "cubes": ("purple", "teal", "blue"),
    "low poly": ("sunset", "ice", "purple"),
    "wireframe": ("cyan", "green", "magenta"),
    "maze": ("candy", "gold", "teal"),
    "spirograph": ("cyan", "rainbow", "gold"),
    "dna": ("teal", "blue", "purple"),
    "heart": ("red", "pink", "magenta"),
    "glitch": ("rainbow", "acid", "magenta"),
    "code rain": ("green", "lime", "teal"),
    "equalizer": ("magenta", "cyan", "rainbow"),
    "disco ball": ("silver", "gold", "magenta"),
}
