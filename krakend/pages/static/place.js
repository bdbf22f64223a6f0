// Where on the page somebody is, kept in the address's hash, so that a reload, a bookmark and "back" lead there.

/** What follows the #, as an object: "#class=2&show=waiting" is {class: "2", show: "waiting"}. */
export const place = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

export const linkTo = (there) => `#${new URLSearchParams(there)}`;

/** `arrive(place)` whenever it has changed; returns what ends that. */
export function watchPlace(arrive) {
  const changed = () => arrive(place());
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

/** Forgets where somebody was: the next one who logs in begins at the beginning. */
export const leavePlace = () => history.replaceState(null, "", location.pathname);
