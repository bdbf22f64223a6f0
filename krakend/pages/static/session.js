// Who is logged in. The token lives in sessionStorage: it ends with the tab, and no other tab sees it.

const KEY = "course-enrollment.token";

/** {token, id, username, email, roles, endsAt} of a token, or null if it is none or is over. */
export function readToken(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const claims = JSON.parse(atob(payload)); // ASCII: the users service lets in no other names and addresses
    const endsAt = claims.exp * 1000;
    if (!(endsAt > Date.now())) return null;
    return { token, id: claims.sub, username: claims.username, email: claims.email, roles: claims.roles, endsAt };
  } catch {
    return null;
  }
}

export const remembered = () => readToken(sessionStorage.getItem(KEY));
export const remember = (token) => sessionStorage.setItem(KEY, token);
export const forget = () => sessionStorage.removeItem(KEY);
