"""Names for the people of the demo: plainly invented, from many places, and a few that test a page's manners."""

from dataclasses import dataclass
from itertools import product
from random import Random


@dataclass(frozen=True)
class PersonName:
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
    PersonName("さくら", "小鳥野"),
    PersonName("健太", "雪見山"),
    PersonName("美咲", "藤ノ宮"),
    PersonName("翔", "星川原"),
    PersonName("明月", "林溪"),
    PersonName("子轩", "欧阳竹"),
    PersonName("雨桐", "司徒雪"),
    PersonName("浩然", "云中"),
    PersonName("서연", "남궁별"),
    PersonName("도윤", "제갈솔"),
    PersonName("ليلى", "حدّاد النور"),
    PersonName("يوسف", "بستاني"),
    PersonName("Ελένη", "Παπαδάκη-Θάλασσα"),
    PersonName("Νικηφόρος", "Ελαιώνας"),
    PersonName("Святослава", "Вишнеградська"),
    PersonName("Мирослав", "Калинодар"),
)
# Names that a page must cope with: very long, very short, one word, an apostrophe, what looks like a formula.
TRYING = (
    PersonName(
        "Maximiliana Theodora Anastasia Philippa Wilhelmine",
        "von Rabensteiner-Hohenfelsenburg zu Unterwaldenbachstetten und Oberdonaukirchen",
    ),
    PersonName("Q", "Ó"),
    PersonName("Sukarnopuri", ""),
    PersonName("D’Arcy", "O’Hara-Ng’ethe"),
    PersonName("Null", "Void"),
    PersonName("Jean-Pierre", "de la Tour d’Argent-Blanche"),
    PersonName("=Sum", "Addington"),
)


def everybody() -> list[PersonName]:
    """Every name, each once, in an order that is always the same and mixes where they come from."""
    names = [PersonName(first, last) for tongue in _TONGUES for first, last in product(*_parts(tongue))]
    mixer = Random(20)  # noqa: S311 - an order, not a secret
    mixer.shuffle(names)
    # The other scripts and the trying names are few: they come early, so that every list shows some of them.
    for place, name in zip(range(3, 400, 9), (*TRYING, *_SCRIPTS), strict=False):
        names.insert(place, name)
    return names


def _parts(tongue: str) -> list[list[str]]:
    return [part.split() for part in tongue.split("|")]
