/** Addresses that have secrets in them: those of databases, of NATS, of people's webhooks. */

/** Parameters of PostgreSQL's addresses that stand for a password: `pg` takes each as it takes the one before the `@`. */
const secretParameters = ['password', 'sslpassword'] as const;

/** For people: where it is, and nothing of who may use it, nor of what stands behind a question mark. */
export function withoutSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/**
 * What nobody may read of it, in each form in which it may turn up.
 *
 * @param url where it is none, nothing is secret
 */
export function secretsIn(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { username, password, searchParams } = new URL(url);
  // A user without a password is a token, as NATS has it.
  const given = [password === '' ? username : password];
  for (const name of secretParameters) given.push(...searchParams.getAll(name));
  return [...new Set(given.flatMap((secret) => [secret, decoded(secret), encodeURIComponent(secret)]))].filter(Boolean);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
