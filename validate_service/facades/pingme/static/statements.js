// What a phone signs: rows of netstrings, the same bytes as the server builds of what it knows.

const FIRST = "ValidateService PingMe 1";
const utf8 = new TextEncoder();

function framed(...fields) {
  const parts = [FIRST, ...fields].flatMap((field) => {
    const data = utf8.encode(field);
    return [utf8.encode(`${data.length}:`), data, utf8.encode(",")];
  });
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

export const enrolmentStatement = (challenge, name) => framed("enrol", challenge, name);

export const signInStatement = (device, challenge) => framed("sign in", device, challenge);

/** Everything that the user was shown, what was typed, and the decision. */
export function answerStatement(device, question, number, approve) {
  const { id, user, login_to: place, address, message, asked_at: asked, expires_at: expires } = question;
  const shown = [user, place, address, message, String(asked), String(expires)];
  return framed("answer", device, id, ...shown, number, approve ? "approve" : "deny");
}
