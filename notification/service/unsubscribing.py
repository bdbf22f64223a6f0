"""Ending mails by the link in one of them."""

from collections.abc import Callable

from kit.errors import NotFound
from notification.domain.mail_links import UnsubscribeLinks, Unsubscription
from notification.service.ports import SubscriptionStore


class NoSuchLink(NotFound):
    def __init__(self) -> None:
        super().__init__("This link is not one of ours, or not whole: copy all of it from the mail")


class Unsubscribing:
    """Raises Unavailable when the store does not answer. Without `links` no link is known."""

    def __init__(
        self, subscriptions: SubscriptionStore, links: UnsubscribeLinks | None, name_of: Callable[[int], str | None]
    ) -> None:
        """`name_of` a class is what people call it, None if that cannot be said."""
        self._subscriptions = subscriptions
        self._links = links
        self._name_of = name_of

    def require(self, token: str) -> Unsubscription:
        """The request in the link. Raises NoSuchLink."""
        link = self._links and self._links.read(token)
        if not link:
            raise NoSuchLink
        return link

    def class_name(self, link: Unsubscription) -> str | None:
        """Of the class that the link is about; None if that is all of them, or has no name now."""
        return self._name_of(link.class_id) if link.class_id else None

    def end(self, link: Unsubscription) -> None:
        """No more mails, as far as they still go to the address that got the link. Idempotent."""
        student_id = link.student_id
        class_ids = [link.class_id] if link.class_id else self._subscriptions.listed(student_id).class_ids
        for class_id in class_ids:
            held = self._subscriptions.get(student_id, class_id)
            if held is not None and held.email is not None and link.covers(held.email):
                self._subscriptions.end_email(student_id, class_id, held.email)
