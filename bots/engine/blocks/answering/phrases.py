"""What answering machines, call screeners and menus say, and what people say; data only (lessons T17).

All in small letters without accents and punctuation, digits as digits, as :func:`words.plain` makes them. ``DECISIVE``
words are said by no person who has just taken a call; ``HINTS`` may be, and count where other things point the same
way; ``PERSON`` are those of somebody who offers something, which no machine can.
"""

from __future__ import annotations

MACHINE_DECISIVE: dict[str, tuple[str, ...]] = {
    "en": (
        "leave a message", "leave your message", "leave me a message", "leave us a message", "leave a voicemail",
        "leave your name and number", "leave your name and your number", "leave a name and number",
        "leave your number", "leave a brief message", "leave a short message", "leave a detailed message",
        "after the tone", "after the beep", "at the tone", "at the beep", "at the sound of the tone",
        "hear the beep", "hear the tone", "wait for the beep", "record your message", "start recording",
        "finished recording", "voice mailbox", "mailbox is full", "mailbox of", "voicemail box", "voice mail box",
        "voicemail of", "voice mail of", "voicemail service", "voicemail system", "reached the voicemail",
        "reached the voice mail", "reached my voicemail", "reached my voice mail", "automated voice messaging",
        "has been forwarded to",
        "the person you are trying to reach", "the person youre trying to reach", "the number you have dialed",
        "the number you have dialled", "the number you have called", "the number you are calling",
        "the subscriber you", "the customer you are calling", "cannot be completed as dialed", "not in service",
        "ill get back to you", "i will get back to you", "well get back to you", "we will get back to you",
        "ill call you back as soon", "i will call you back as soon", "return your call",
    ),
    "de": (
        "hinterlassen sie", "hinterlasse eine nachricht", "hinterlass eine nachricht", "nachricht hinterlassen",
        "nachricht nach dem", "nach dem ton", "nach dem signalton", "nach dem signal", "nach dem piepton",
        "nach dem pfeifton", "nach dem piep", "mailbox von", "die mailbox des", "mobilbox von", "anrufbeantworter von",
        "anrufbeantworter der", "hier ist der anrufbeantworter", "sprachbox von",
        "der gewunschte gesprachspartner", "der angerufene teilnehmer", "der teilnehmer ist", "die gewahlte rufnummer",
        "die von ihnen gewahlte", "rufnummer ist nicht vergeben", "kein anschluss unter dieser nummer",
        "sprechen sie jetzt", "sprechen sie nach", "rufen sie zuruck", "rufe zuruck", "melde mich bei ihnen",
        "temporar nicht erreichbar", "voruber gehend nicht erreichbar", "vorubergehend nicht erreichbar",
    ),
    "es": (
        "deje su mensaje", "deje un mensaje", "deja tu mensaje", "deja un mensaje", "dejenos su mensaje",
        "dejar un mensaje", "dejeme un mensaje", "despues del tono", "despues de la senal", "al oir la senal",
        "tras la senal", "al escuchar el tono", "cuando escuche el tono", "buzon de voz de", "buzon de voz del",
        "contestador automatico de", "contestador de", "el numero que usted marco", "el numero que ha marcado",
        "el telefono al que llama", "el telefono al que usted llama", "apagado o fuera de cobertura",
        "fuera de cobertura", "grabe su mensaje", "la persona a la que llama", "le devolvere la llamada",
        "te devolvere la llamada",
    ),
    "fr": (
        "laissez un message", "laissez moi un message", "laissez nous un message", "laissez votre message",
        "laisser un message", "laisse un message", "laisse moi un message", "laissez vos coordonnees",
        "apres le bip", "apres le signal", "apres le signal sonore", "apres la tonalite", "apres le top",
        "messagerie vocale de", "messagerie vocale du", "messagerie de", "boite vocale de", "repondeur de",
        "repondeur du", "votre correspondant",
        "le correspondant que vous", "le numero que vous avez compose", "le numero que vous demandez",
        "nest plus attribue", "nest pas attribue", "je vous rappellerai", "je vous rappelle des que",
        "nous vous rappellerons", "enregistrez votre message",
    ),
}  # fmt: skip
MACHINE_HINTS: dict[str, tuple[str, ...]] = {
    "en": (
        "voicemail", "voice mail", "answering machine", "you have reached", "youve reached", "you reached",
        "this is the voice of", "not available", "unavailable",
        "cant come to the phone", "cannot come to the phone", "cant take your call", "cannot take your call",
        "unable to take your call", "unable to answer", "cant answer", "away from my phone", "away from the phone",
        "out of the office", "office is closed", "currently closed", "our opening hours", "our office hours",
        "not here right now",
        "missed your call", "thank you for your call", "thanks for calling", "thank you for calling",
        "as soon as possible", "as soon as i can", "your call is important", "please try again later", "please hang up",
    ),
    "de": (
        "mailbox", "mobilbox", "anrufbeantworter", "sprachbox", "nicht erreichbar", "nicht zu erreichen",
        "nicht ans telefon", "nicht verfugbar", "nicht im haus",
        "nicht im buro", "leider nicht", "zur zeit nicht", "zurzeit nicht", "derzeit nicht", "momentan nicht",
        "ausserhalb unserer", "offnungszeiten", "geschaftszeiten", "sprechzeiten", "sobald wie moglich",
        "so bald wie moglich", "schnellstmoglich", "vielen dank fur ihren anruf", "danke fur ihren anruf",
        "sie sind verbunden mit", "anschluss von", "versuchen sie es spater", "rufen sie spater",
    ),
    "es": (
        "buzon de voz", "contestador", "no esta disponible", "no estoy disponible", "no se encuentra disponible",
        "no puedo atender",
        "no podemos atender", "no puedo contestar", "no puede contestar", "en este momento no", "ha llamado a",
        "gracias por su llamada", "gracias por llamar", "nuestro horario", "lo antes posible", "en cuanto pueda",
        "intentelo mas tarde", "llame mas tarde", "fuera de la oficina",
    ),
    "fr": (
        "messagerie", "repondeur", "nest pas disponible", "ne suis pas disponible", "indisponible", "injoignable",
        "ne peux pas vous repondre",
        "ne pouvons pas vous repondre", "ne peut pas vous repondre", "pas la pour le moment", "absent",
        "vous etes bien sur", "vous etes bien chez", "vous etes sur le", "merci de votre appel",
        "horaires douverture", "nos bureaux sont fermes", "des que possible", "veuillez rappeler",
        "rappeler ulterieurement",
    ),
}  # fmt: skip
SCREENER_DECISIVE: dict[str, tuple[str, ...]] = {
    "en": (
        "state your name", "say your name and", "record your name", "tell me your name and why",
        "your name and the reason", "your name and reason", "name and why youre calling",
        "name and why you are calling", "reason for your call", "reason for calling", "screening service",
        "call screening", "screening your call", "call assist", "using a screening", "try to connect you",
        "your name after the tone",
        "before connecting you", "see if this person is available", "ill see if they are available",
        "virtual assistant for", "assistant is taking", "call assistant for",
    ),
    "de": (
        "nennen sie ihren namen", "sagen sie ihren namen", "nennen sie bitte ihren namen",
        "sagen sie bitte ihren namen", "name und den grund", "namen und den grund", "grund ihres anrufs",
        "grund fur ihren anruf", "anruffilter", "anrufprufung", "namen und ihr anliegen", "nimmt ihren anruf entgegen",
    ),
    "es": (
        "diga su nombre", "indique su nombre", "grabe su nombre", "su nombre y el motivo", "motivo de su llamada",
        "motivo de la llamada", "filtro de llamadas", "filtrado de llamadas",
    ),
    "fr": (
        "indiquez votre nom", "dites votre nom", "donnez votre nom", "enregistrez votre nom", "votre nom et la raison",
        "nom et le motif", "nom et la raison", "motif de votre appel", "raison de votre appel", "filtrage dappel",
        "filtrage des appels",
    ),
}  # fmt: skip
SCREENER_WAITS: dict[str, tuple[str, ...]] = {
    "en": (
        "stay on the line", "hold the line", "please hold", "hold on", "one moment", "just a moment",
        "trying to connect",
        "connecting you", "please wait", "checking if", "ill check", "thank you one", "is being notified",
    ),
    "de": (
        "bleiben sie dran", "bleiben sie in der leitung", "bitte warten", "einen moment", "einen augenblick",
        "werden verbunden", "verbinde sie", "ich prufe",
    ),
    "es": ("no cuelgue", "permanezca en linea", "un momento", "espere por favor", "por favor espere", "le conecto"),
    "fr": ("ne quittez pas", "restez en ligne", "veuillez patienter", "un instant", "je vous mets en relation"),
}  # fmt: skip
MENU_DECISIVE: dict[str, tuple[str, ...]] = {
    "en": (
        "press 0", "press 1", "press 2", "press 3", "press 4", "press 5", "press 6", "press 7", "press 8", "press 9",
        "press the star", "press star", "press pound", "press the pound", "press hash", "dial 0", "dial 1", "dial 9",
        "option 1", "main menu", "following options", "menu options have changed", "enter your",
        "dial your partys extension",
        "if you know your partys extension", "say or press", "for english",
    ),
    "de": (
        "drucken sie", "wahlen sie die", "taste 1", "hauptmenu", "nennen sie die",
        "folgenden optionen", "bitte wahlen sie",
    ),
    "es": (
        "marque 0", "marque 1", "marque 2", "marque 3", "marque el", "pulse 1", "pulse 2", "pulse el", "oprima 1",
        "oprima el", "presione 1", "presione el", "menu principal", "siguientes opciones",
    ),
    "fr": (
        "tapez 1", "tapez 2", "tapez le", "tapez sur", "appuyez sur", "faites le", "faites le 1", "menu principal",
        "touche 1", "touche etoile", "touche diese", "choix suivants",
    ),
}  # fmt: skip
PERSON: dict[str, tuple[str, ...]] = {
    "en": (
        "how can i help", "how may i help", "can i help", "may i help", "help you today", "what can i do for you",
        "how can i direct", "how may i direct", "would you like to", "do you want", "can i take a message",
        "may i take a message", "can i ask", "may i ask", "with me", "who is this", "whos this", "who is calling",
        "whos calling", "can i have him call", "can i have her call", "want me to", "shall i", "should i", "let me get",
        "ill get him", "ill get her", "youre speaking with", "you are speaking with", "hang on", "im sorry who",
        "what is this about", "whats this about", "speaking how", "i am driving", "im driving", "i dont want",
        "what do you want", "im not available", "i am not available", "did you get", "did you leave", "did you call",
        "i got your", "you left me", "you called me", "i left you", "you just called",
    ),
    "de": (
        "was kann ich fur sie tun", "wie kann ich ihnen", "kann ich ihnen", "kann ich helfen", "womit kann ich",
        "was darf ich", "am apparat", "wer ist da", "wer spricht", "wer sind sie", "mochten sie", "wollen sie",
        "soll ich", "kann ich etwas ausrichten", "ausrichten", "worum geht", "moment ich hole", "was wollen sie",
        "haben sie angerufen", "hast du angerufen",
        "ihre nachricht gehort", "deine nachricht gehort", "habe ihre nachricht", "hab deine nachricht",
        "haben sie mir",
        "ich richte",
    ),
    "es": (
        "en que puedo", "como puedo ayudar", "le puedo ayudar", "puedo ayudarle", "quien es", "quien habla",
        "me dejaste", "me dejo un", "recibi su", "recibi tu", "me llamaste",
        "de parte de quien", "quiere dejar", "desea dejar", "le atiende", "le puedo tomar", "digame", "quieres que",
        "quiere que", "que desea",
    ),
    "fr": (
        "que puis je", "comment puis je", "puis je vous", "je peux vous", "voulez vous", "souhaitez vous",
        "vous voulez", "cest de la part de qui", "qui est a lappareil", "a lappareil", "cest qui", "qui etes vous",
        "jai eu votre", "jai eu ton", "vous mavez", "tu mas",
        "qui est ce", "je vous ecoute", "je lui dis", "cest pour quoi",
    ),
}  # fmt: skip
