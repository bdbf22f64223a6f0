"""The words of mails in each language that a student may have chosen with the subscription.

English is as the founding document shows it: the event's own sentence, with ids. The others name the class. What has no
words in a language, such as a test notice, is said in its own sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from kit.dates_in_words import in_words
from notification.domain.event import Event, HistoryEntry


@dataclass(frozen=True)
class Words:
    """`sentences` and `subjects` by the kind of an event, with `{}` for the class; without one the event's own is said.

    `a_class` begins the name of a class that has none.
    """

    language: str
    sentences: Mapping[str, str]
    subjects: Mapping[str, str]
    digest: str
    a_class: str
    answer_by: str
    answer: str
    open_by: str
    open: str
    entry: str
    your_classes: str
    unsubscribe: str
    unsubscribe_all: str

    def sentence(self, event: Event) -> str:
        return self._of_class(self.sentences.get(event.kind), event) or event.message

    def subject(self, event: Event) -> str:
        return self._of_class(self.subjects.get(event.kind), event) or event.subject

    def names_class(self, event: Event) -> bool:
        """Whether its sentence does, so that no line of its own has to."""
        return event.kind in self.sentences

    def moment(self, text: str, zone: tzinfo) -> str:
        return in_words(datetime.fromisoformat(text).astimezone(zone), self.language)

    def history_entry(self, entry: HistoryEntry) -> str:
        return self.entry.format(number=entry.number, hash=entry.hash)

    def _of_class(self, text: str | None, event: Event) -> str | None:
        return text and text.replace("{}", event.about or f"{self.a_class} {event.class_id}")


def words_of(event: Event) -> Words:
    """English for a language that is not known here."""
    return _WORDS.get(event.language or "", _ENGLISH)


_ENGLISH = Words(
    language="en",
    sentences={},
    subjects={},
    digest="{count} notices: {first} and more",
    a_class="Class",
    answer_by="Answer by",
    answer="Accept or decline it",
    open_by="Open it by",
    open="Open",
    entry="This is entry {number} in the history of the class. "
    "Its check code no longer fits if anything up to it is changed: {hash}",
    your_classes="Your classes",
    unsubscribe="No more mails about this class",
    unsubscribe_all="No more mails about any class",
)
_GERMAN = Words(
    language="de",
    sentences={
        "enrollment.promoted": "Sie haben einen Platz in {} bekommen.",
        "enrollment.offered": "Ein Platz in {} wird für Sie freigehalten.",
        "enrollment.offer_ended.declined": "Sie haben den Platz in {} abgelehnt und die Warteliste verlassen.",
        "enrollment.offer_ended.expired": "Die Frist für den Platz in {} ist vorbei; Sie haben die Liste verlassen.",
        "receiver.paused": "Ihre Webhooks zu {} kommen seit Tagen nicht an und ruhen nun. "
        "Nehmen Sie sie auf der Seite wieder auf, wenn der Empfänger wieder geht.",
        "account.mail.reset": "Jemand, vielleicht Sie, will ein neues Passwort für das Konto {}. "
        "Waren Sie es nicht, lassen Sie diese E-Mail liegen.",
        "account.mail.verify": "Jemand, vielleicht Sie, gibt diese Adresse als die des Kontos {} an. "
        "Ist sie es nicht, lassen Sie diese E-Mail liegen.",
    },
    subjects={
        "enrollment.promoted": "Platz in {}",
        "enrollment.offered": "Ein Platz in {} wird für Sie freigehalten",
        "enrollment.offer_ended.declined": "Sie haben den Platz in {} abgelehnt",
        "enrollment.offer_ended.expired": "Der Platz in {} wird nicht mehr freigehalten",
        "receiver.paused": "Webhooks zu {} ruhen",
        "account.mail.reset": "Ein neues Passwort für {}",
        "account.mail.verify": "Ist das Ihre Adresse, {}?",
    },
    digest="{count} Nachrichten: {first} und mehr",
    a_class="Kurs",
    answer_by="Antworten Sie bis",
    answer="Annehmen oder ablehnen",
    open_by="Öffnen Sie ihn bis",
    open="Öffnen",
    entry="Das ist Eintrag {number} im Verlauf des Kurses. "
    "Sein Prüfcode passt nicht mehr, wenn bis dahin etwas geändert wird: {hash}",
    your_classes="Ihre Kurse",
    unsubscribe="Keine E-Mails mehr zu diesem Kurs",
    unsubscribe_all="Keine E-Mails mehr zu irgendeinem Kurs",
)
_SPANISH = Words(
    language="es",
    sentences={
        "enrollment.promoted": "Ha obtenido una plaza en {}.",
        "enrollment.offered": "Se le guarda una plaza en {}.",
        "enrollment.offer_ended.declined": "Ha rechazado la plaza en {} y ha dejado la lista de espera.",
        "enrollment.offer_ended.expired": "No respondió a tiempo por la plaza en {} y ha dejado la lista de espera.",
        "receiver.paused": "Sus webhooks de {} no llegan desde hace días y están en pausa. "
        "Reanúdelos en la página cuando el receptor vuelva a funcionar.",
        "account.mail.reset": "Alguien, quizá usted, pidió una contraseña nueva para la cuenta {}. "
        "Si no fue usted, no haga nada.",
        "account.mail.verify": "Alguien, quizá usted, dice que esta es la dirección de la cuenta {}. "
        "Si no lo es, no haga nada.",
    },
    subjects={
        "enrollment.promoted": "Plaza en {}",
        "enrollment.offered": "Se le guarda una plaza en {}",
        "enrollment.offer_ended.declined": "Ha rechazado la plaza en {}",
        "enrollment.offer_ended.expired": "La plaza en {} ya no se le guarda",
        "receiver.paused": "Los webhooks de {} están en pausa",
        "account.mail.reset": "Una contraseña nueva para {}",
        "account.mail.verify": "¿Es esta su dirección, {}?",
    },
    digest="{count} avisos: {first} y más",
    a_class="Curso",
    answer_by="Responda antes de",
    answer="Aceptarla o rechazarla",
    open_by="Ábralo antes de",
    open="Abrir",
    entry="Es la entrada {number} en la historia del curso. "
    "Su código de comprobación ya no encaja si se cambia algo hasta ella: {hash}",
    your_classes="Sus cursos",
    unsubscribe="No más correos de este curso",
    unsubscribe_all="No más correos de ningún curso",
)
_WORDS = {words.language: words for words in (_ENGLISH, _GERMAN, _SPANISH)}
