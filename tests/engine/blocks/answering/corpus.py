"""First words of calls, as they are spoken: text, seconds of it, and seconds of silence after it."""

from __future__ import annotations

from dataclasses import dataclass

Part = tuple[str, float, float]


@dataclass(frozen=True, slots=True)
class Greeting:
    """What is heard when a call was taken; ``beep``: seconds of a tone at its end."""

    kind: str
    language: str
    parts: tuple[Part, ...]
    beep: float = 0.0


def one(kind: str, language: str, text: str, seconds: float, beep: float = 0.0) -> Greeting:
    return Greeting(kind, language, ((text, seconds, 1.6),), beep)


def two(kind: str, language: str, *parts: Part, beep: float = 0.0) -> Greeting:
    return Greeting(kind, language, parts, beep)


PEOPLE = [
    one("human", "en", "Hello?", 0.4),
    one("human", "en", "Hi", 0.3),
    one("human", "en", "Yes?", 0.3),
    one("human", "en", "Yeah, hello, who is this?", 1.4),
    one("human", "en", "John speaking.", 0.9),
    one("human", "en", "Smith residence, good evening.", 1.5),
    one("human", "en", "Good morning, Acme Plumbing, this is Dave speaking, how can I help you?", 3.9),
    one("human", "en", "Thank you for calling Riverside Dental, my name is Anna, how may I help you today?", 4.6),
    one("human", "en", "You have reached the office of Doctor Smith, good morning, my name is Anna.", 4.4),
    one("human", "en", "You've reached Smith and Sons.", 1.6),
    one("human", "en", "He is not available right now, can I take a message?", 2.8),
    one("human", "en", "She's out of the office today, would you like to leave a message?", 3.0),
    one("human", "en", "I'm sorry, he's unavailable at the moment. You can leave a message with me.", 3.6),
    one("human", "en", "Hello, I can't talk right now, I'm driving.", 2.2),
    one("human", "en", "Hold on a second, let me get him.", 1.7),
    one("human", "en", "Hello? Hello? Is anybody there?", 2.0),
    one("human", "en", "I can't hear you very well, who's calling?", 2.0),
    one("human", "en", "Reception, can I ask who's calling please?", 2.3),
    one("human", "en", "Hey, did you get my voicemail?", 1.5),
    one("human", "en", "Front desk, this is Maria, how may I direct your call?", 2.9),
    two("human", "en", ("Hello", 0.4, 1.1), ("Hello, who is there?", 0.9, 1.6)),
    two("human", "en", ("You have reached Mueller.", 1.3, 0.9), ("Good morning.", 0.7, 1.6)),
    one("human", "en", "What do you want at this hour, it is the middle of the night and people are asleep here", 4.8),
    one("human", "de", "Hallo?", 0.4),
    one("human", "de", "Müller.", 0.4),
    one("human", "de", "Ja, bitte?", 0.6),
    one("human", "de", "Guten Tag, Firma Schneider, mein Name ist Weber, was kann ich für Sie tun?", 4.2),
    one("human", "de", "Schmidt am Apparat.", 1.0),
    one("human", "de", "Herr Krause ist leider nicht im Haus, kann ich etwas ausrichten?", 3.2),
    one("human", "de", "Praxis Doktor Lang, einen Moment bitte.", 2.0),
    one("human", "de", "Wer ist da?", 0.6),
    one("human", "es", "¿Diga?", 0.4),
    one("human", "es", "Bueno, ¿quién habla?", 1.0),
    one("human", "es", "Gracias por llamar a Clínica Sol, le atiende Marta, ¿en qué puedo ayudarle?", 4.3),
    one("human", "es", "No se encuentra disponible, ¿quiere dejar un mensaje?", 2.6),
    one("human", "fr", "Allô ?", 0.4),
    one("human", "fr", "Oui, bonjour, c'est qui ?", 1.2),
    one("human", "fr", "Cabinet du docteur Martin, bonjour, que puis-je faire pour vous ?", 3.4),
    one("human", "fr", "Il est absent aujourd'hui, voulez-vous laisser un message ?", 2.8),
    one("human", "en", "I got your voicemail, what is this about", 2.2),
    one("human", "en", "You left me a message on my answering machine", 2.3),
    one("human", "de", "Ich habe Ihre Nachricht auf der Mailbox, was gibt es denn", 2.9),
    one("human", "de", "Sie haben mir auf den Anrufbeantworter gesprochen", 2.6),
    one("human", "es", "Me dejaste un mensaje en el contestador", 2.2),
    one("human", "fr", "J'ai eu votre message sur le répondeur", 2.0),
]
MACHINES = [
    one(
        "machine",
        "en",
        "Hi, you've reached Bob. I can't come to the phone right now. Please leave a message after the tone.",
        6.0,
        0.5,
    ),
    one("machine", "en", "Your call has been forwarded to an automated voice messaging system.", 4.4, 0.6),
    one(
        "machine",
        "en",
        "The person you are trying to reach is not available. At the tone, please record your message.",
        5.6,
        0.8,
    ),
    one("machine", "en", "Hey, it's Kim, leave me a message and I'll call you back.", 3.0, 0.4),
    one("machine", "en", "You have reached the voice mailbox of", 2.2),
    one("machine", "en", "The mailbox is full and cannot accept any messages at this time. Goodbye.", 4.5),
    one("machine", "en", "Thanks for calling Acme. Our office is closed. Our office hours are nine to five.", 5.5),
    one("machine", "en", "The number you have dialed is not in service.", 3.2),
    one("machine", "en", "We're unable to take your call at the moment, your call is important to us.", 4.2),
    two("machine", "en", ("Hi, this is Bob.", 1.0, 0.9), ("I'm busy. Leave your name and number.", 2.4, 1.6), beep=0.5),
    two("machine", "en", ("You've reached Linda.", 1.2, 0.9), ("I'm away from my phone.", 1.5, 1.6), beep=0.5),
    two("machine", "en", ("It's Sam, you know what to do.", 2.0, 1.0), beep=0.6),
    one(
        "machine",
        "de",
        "Guten Tag, hier ist der Anrufbeantworter von Familie Meier. Bitte hinterlassen Sie eine "
        "Nachricht nach dem Signalton.",
        6.8,
        0.5,
    ),
    one("machine", "de", "Der gewünschte Gesprächspartner ist zurzeit nicht erreichbar.", 3.8),
    one("machine", "de", "Dies ist die Mailbox von Peter. Sprechen Sie nach dem Ton.", 4.0, 0.5),
    one("machine", "de", "Kein Anschluss unter dieser Nummer.", 2.6),
    one("machine", "de", "Vielen Dank für Ihren Anruf. Sie rufen leider außerhalb unserer Geschäftszeiten an.", 5.0),
    one("machine", "es", "Hola, en este momento no puedo contestar, deja tu mensaje después de la señal.", 4.8, 0.5),
    one("machine", "es", "El teléfono al que llama está apagado o fuera de cobertura en este momento.", 4.6),
    one("machine", "es", "Ha llamado al buzón de voz de Carmen.", 2.8, 0.6),
    one(
        "machine", "fr", "Bonjour, vous êtes bien sur le répondeur de Paul, laissez un message après le bip.", 4.9, 0.5
    ),
    one("machine", "fr", "Votre correspondant n'est pas disponible, veuillez rappeler ultérieurement.", 4.2),
    one("machine", "fr", "Le numéro que vous avez composé n'est plus attribué.", 3.2),
]
SCREENERS = [
    one(
        "screener",
        "en",
        "Hi, the person you're calling is using a screening service from Google and will get a copy of "
        "this conversation. Go ahead and say your name and why you're calling.",
        9.0,
    ),
    one(
        "screener",
        "en",
        "Hi. If you record your name and reason for calling, I'll see if this person is available.",
        5.0,
    ),
    one("screener", "en", "Please state your name after the tone and I will try to connect you.", 3.9),
    one("screener", "en", "Hello, this is the virtual assistant for Linda. May I have the reason for your call?", 4.6),
    one("screener", "de", "Bitte nennen Sie Ihren Namen und den Grund Ihres Anrufs.", 3.4),
    one("screener", "es", "Por favor, diga su nombre y el motivo de su llamada.", 3.0),
    one("screener", "fr", "Veuillez indiquer: dites votre nom et la raison de votre appel.", 3.4),
]
MENUS = [
    one("menu", "en", "Thank you for calling Acme. For sales, press one. For support, press two.", 5.0),
    one("menu", "en", "Please listen carefully as our menu options have changed.", 3.2),
    one("menu", "en", "If you know your party's extension, you may dial it at any time.", 3.8),
    one("menu", "en", "For English, press 1. Para español, marque 2.", 3.5),
    one("menu", "de", "Willkommen bei Acme. Für Fragen zur Rechnung drücken Sie die Eins.", 4.4),
    one("menu", "es", "Bienvenido a Acme. Para ventas, marque uno. Para soporte, marque dos.", 4.6),
    one("menu", "fr", "Bienvenue chez Acme. Pour le service commercial, tapez un.", 4.0),
]
CORPUS = [*PEOPLE, *MACHINES, *SCREENERS, *MENUS]
