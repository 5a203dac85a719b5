"""Chats of a marketplace for the benchmark: written for it, in no training set, the same for a given seed.

A chat has eight messages, customer and shop by turns: three questions with their answers, and thanks. Three
messages in a hundred break a rule, openly or in other words. Thanks come again and again, as they do; what
stands before them hardly ever does.
"""

import random
from dataclasses import dataclass
from pathlib import Path

SEED = 20_261_123
TURNS = 8  # messages of a chat
VIOLATIONS = 0.03  # of all messages
SMALL_TALK = 0.25  # English answers with one more sentence
EVERYDAY = Path(__file__).parents[1] / "detect" / "everyday.txt"
TALKS = Path(__file__).with_name("talks.txt")  # language | question | answer
# English for six chats in ten.
LANGUAGES = ("en",) * 6 + ("es", "de", "fr", "pt")

THINGS = {
    "en": "walnut board,linen shirt,desk lamp,rain jacket,tea set,phone case,wool blanket,bike light,"
    "steel pan,leather belt,toy train,yoga mat,wall clock,garden hose,coffee mill,sketch book",
    "es": "lámpara,mochila,camisa de lino,tabla de nogal,manta de lana,funda,sartén,reloj de pared",
    "de": "Lampe,Regenjacke,Wolldecke,Pfanne,Wanduhr,Kaffeemühle,Tasche,Leinenbluse",
    "fr": "lampe,veste,couverture,poêle,horloge,planche en noyer,ceinture,théière",
    "pt": "lâmpada,mochila,manta,panela,relógio de parede,tábua de nogueira,camisa de linho,chaleira",
}
COLOURS = {
    "en": "black,blue,green,grey,red,cream,olive,rust",
    "es": "negro,azul,verde,gris,rojo,crema",
    "de": "Schwarz,Blau,Grün,Grau,Rot,Beige",
    "fr": "noir,bleu,vert,gris,rouge,crème",
    "pt": "preto,azul,verde,cinza,vermelho,creme",
}
DAYS = {
    "en": "Monday,Tuesday,Thursday,Friday,tomorrow,the 14th,next week",
    "es": "el lunes,el martes,el jueves,mañana,el día 14",
    "de": "Montag,Dienstag,Donnerstag,morgen,am 14.",
    "fr": "lundi,mardi,jeudi,demain,le 14",
    "pt": "segunda,terça,quinta,amanhã,dia 14",
}
GREETINGS = {
    "en": ["Hi!", "Hello, a question please.", "Good morning.", "Hey there, is anybody here?"],
    "es": ["¡Hola!", "Buenos días, una pregunta."],
    "de": ["Hallo!", "Guten Tag, ich habe eine Frage."],
    "fr": ["Bonjour !", "Bonjour, j'ai une question."],
    "pt": ["Olá!", "Bom dia, tenho uma dúvida."],
}
WELCOMES = {
    "en": ["Hi, thanks for writing!", "Hello!", "Thanks for your message."],
    "es": ["¡Hola, gracias por escribir!"],
    "de": ["Hallo, schön, dass Sie schreiben."],
    "fr": ["Bonjour et merci pour votre message."],
    "pt": ["Olá, obrigada pela mensagem!"],
}
# (question, answer) by language.
THANKS = {
    "en": ["Thanks!", "Great, thank you for the quick answer.", "ok thanks"],
    "es": ["¡Gracias!", "Perfecto, muchas gracias."],
    "de": ["Danke!", "Super, vielen Dank für die schnelle Antwort."],
    "fr": ["Merci !", "Parfait, merci beaucoup."],
    "pt": ["Obrigado!", "Perfeito, muito obrigada."],
}
CLOSINGS = {
    "en": ["You are welcome, have a nice day!", "Any time. Enjoy the {thing}!"],
    "es": ["De nada, ¡que tengas un buen día!"],
    "de": ["Gern, einen schönen Tag noch!"],
    "fr": ["Avec plaisir, bonne journée !"],
    "pt": ["De nada, bom dia!"],
}
# Of the shop; the last two of the customer.
BREAKS = [
    "Call me on {phone}, that is faster.",
    "Add me on WhatsApp {phone} and I send you more photos of the {thing}.",
    "Write to shop{n}@example-mail.com and you get the {thing} cheaper.",
    "Pay me by bank transfer instead and I take {n}% off, the platform need not know.",
    "If you change your review to five stars I refund ${n}.",
    "Please cancel order {order} yourself and buy it on our own site, same {thing} for less.",
    "You must pay ${n} more for the parcel or it stays here.",
    "you are a worthless idiot, nobody wants you here",
    "give me the {thing} for free or I come to your house and hurt you",
]
OF_CUSTOMERS = 2


@dataclass(frozen=True, slots=True)
class Line:
    role: str  # customer | seller
    text: str


Talks = dict[str, list[tuple[str, str]]]


def chats(count: int, seed: int = SEED) -> list[list[Line]]:
    """So many chats of eight messages."""
    chance = random.Random(seed)
    everyday = EVERYDAY.read_text(encoding="utf-8").splitlines()
    talks: Talks = {}
    for line in TALKS.read_text(encoding="utf-8").splitlines():
        lang, question, answer = line.split(" | ")
        talks.setdefault(lang, []).append((question, answer))
    return [_chat(chance, talks, everyday) for _ in range(count)]


def _chat(chance: random.Random, talks: Talks, everyday: list[str]) -> list[Line]:
    lang = chance.choice(LANGUAGES)
    texts = []
    for question, answer in chance.sample(talks[lang], 3):
        slots = _slots(chance, lang)
        texts += [question.format(**slots), answer.format(**slots)]
    texts[0] = f"{chance.choice(GREETINGS[lang])} {texts[0]}"
    texts[1] = f"{chance.choice(WELCOMES[lang])} {texts[1]}"
    if lang == "en" and chance.random() < SMALL_TALK:
        texts[3] = f"{texts[3]} {chance.choice(everyday)}"
    texts += [chance.choice(THANKS[lang]), chance.choice(CLOSINGS[lang]).format(**_slots(chance, lang))]
    for place in range(TURNS):
        if chance.random() < VIOLATIONS:
            kinds = BREAKS[-OF_CUSTOMERS:] if place % 2 == 0 else BREAKS[:-OF_CUSTOMERS]
            texts[place] = chance.choice(kinds).format(**_slots(chance, "en"))
    return [Line(("customer", "seller")[place % 2], text) for place, text in enumerate(texts)]


def _slots(chance: random.Random, lang: str) -> dict[str, str | int]:
    return {
        "thing": chance.choice(THINGS[lang].split(",")),
        "colour": chance.choice(COLOURS[lang].split(",")),
        "day": chance.choice(DAYS[lang].split(",")),
        "order": f"{chance.randrange(10_000):04} {chance.randrange(10_000):04}",
        "size": chance.randrange(12, 180),
        "n": chance.randrange(2, 60),
        "m": chance.randrange(3, 80),
        "phone": f"+1 212 555 01{chance.randrange(100):02}",
    }
