"""Names for the people of the demo: plainly invented, from many places, and a few that test a page's manners."""

from dataclasses import dataclass
from itertools import product
from random import Random


@dataclass(frozen=True)
class Name:
    """What a person is called; `first` comes first when the full name is written."""

    first: str
    last: str


# Given and family names that go together. "given | family", each separated by blanks.
_TONGUES = (
    "Amara Kwame Efua Kofi Adjoa Yaw | Mensah-Ofori Adubea Nkrumasi Boatenga Asantewood Darkobi",
    "Zoë Hugo Élodie Mathéo Anaïs Théophile | Beauchêne Lacroisette Dubosquet Fontvieille Rivaudière Clairval",
    "Jürgen Käthe Sören Mareike Götz Änne | Birkenthal Grünwaldt Königshof Rösslein Müllersbach Schäferling",
    "Łukasz Agnieszka Żaneta Bogusław Kinga Wiesław | Brzozówka Zielińczyk Dąbrowiecka Świerkosz Jaworzniak Gołębiec",
    "Søren Åse Bjørn Ingrid Øystein Solveig | Fjordgaard Nørrebakke Lindåsen Ravnsborg Strømhaug Ødegren",
    "İbrahim Ayşe Gökçe Şebnem Çağan Özge | Yıldıztepe Gümüşova Karaçınar Şimşeker Öztoprak Çelebioğul",
    "Nguyệt Đức Thảo Quỳnh Bảo Hương | Đặngvân Phạmthu Trầnlâm Lêhoài Vũminh Bùihải",
    "Priya Arjun Meenakshi Rohan Kavya Devdas | Raghunandan Chatterwala Iyersen Bhattarao Deshmukhi Pillaiman",
    "Isabel Joaquín Núria Íñigo Belén Ramón | Castañeda-Vega Peñalosa Ibáñezco Montañar Quiñoneda Ordóñeza",
    "Chidinma Obinna Ngozi Tobenna Ifeoma Emeka | Okonkwata Adichima Nwachukwe Ezeogu Umeakuka Onyekari",
    "Rūta Jānis Dovilė Mārtiņš Eglė Kristīne | Bērziņkalns Ozoliņa-Priede Šilkauskas Žemaitytė Kalniņš Liepiņa",
    "Aroha Tāne Moana Wiremu Kahurangi Mere | Tāwhaki-Reid Parekura Ngatiwai Horomona Rangihau Waititira",
    "Leilani Kaimana Noelani Keoni Malia Ikaika | Kahananui Makoahale Pualani Waialeale Kealohapau Nakamoana",
    "Fionnuala Cormac Siobhán Tadhg Gráinne Oisín | O’Brackenridge MacGiollabán Ní-Fhaoláin O’Tuathaláin Fitzmallow Dunlarrow",
    "Harriet Felix Beatrix Alastair Winifred Rupert | Applethwaite Quillfeather Bramblewick Thistledown Marchbanks-Oakley Pennyfarrow",
    "Tereza Ondřej Ludmila Vojtěch Běla Jiří | Krásnohorská Dvořáčil Lipovský Hřebíčková Jedličan Růžičkář",
)
_SCRIPTS = (
    Name("さくら", "小鳥野"),
    Name("健太", "雪見山"),
    Name("美咲", "藤ノ宮"),
    Name("翔", "星川原"),
    Name("明月", "林溪"),
    Name("子轩", "欧阳竹"),
    Name("雨桐", "司徒雪"),
    Name("浩然", "云中"),
    Name("서연", "남궁별"),
    Name("도윤", "제갈솔"),
    Name("ليلى", "حدّاد النور"),
    Name("يوسف", "بستاني"),
    Name("Ελένη", "Παπαδάκη-Θάλασσα"),
    Name("Νικηφόρος", "Ελαιώνας"),
    Name("Святослава", "Вишнеградська"),
    Name("Мирослав", "Калинодар"),
)
# Names that a page must cope with: very long, very short, one word, an apostrophe, what looks like a formula.
TRYING = (
    Name(
        "Maximiliana Theodora Anastasia Philippa Wilhelmine",
        "von Rabensteiner-Hohenfelsenburg zu Unterwaldenbachstetten und Oberdonaukirchen",
    ),
    Name("Q", "Ó"),
    Name("Sukarnopuri", ""),
    Name("D’Arcy", "O’Hara-Ng’ethe"),
    Name("Null", "Void"),
    Name("Jean-Pierre", "de la Tour d’Argent-Blanche"),
    Name("=Sum", "Addington"),
)


def everybody() -> list[Name]:
    """Every name, each once, in an order that is always the same and mixes where they come from."""
    names = [Name(first, last) for tongue in _TONGUES for first, last in product(*_parts(tongue))]
    mixer = Random(20)  # noqa: S311 - an order, not a secret
    mixer.shuffle(names)
    # The other scripts and the trying names are few: they come early, so that every list shows some of them.
    for place, name in zip(range(3, 400, 9), (*TRYING, *_SCRIPTS), strict=False):
        names.insert(place, name)
    return names


def _parts(tongue: str) -> list[list[str]]:
    return [part.split() for part in tongue.split("|")]
