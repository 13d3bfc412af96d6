import { ReadOnly, Standby } from './errors.ts';

/** What PostgreSQL (its SQLSTATE, and the routine of its sources) or the system said. */
interface Cause {
  code?: string;
  routine?: string;
  syscall?: string;
}

/** Sentences that tell what to do. @param setting what gives the address of the database */
type Advice = (setting: string) => string;

const nobodyListens: Advice = (setting) =>
  `Nothing listens there: start PostgreSQL, or mend host and port in ${setting}.`;
const hungUp: Advice = (setting) =>
  `The connection ended on the way: see that host and port in ${setting} are those of PostgreSQL, and what its log says.`;
const unanswered: Advice = (setting) =>
  `Nothing answered there: see that host and port in ${setting} are right, that the machine runs, and that no firewall is ` +
  'in between.';
const startingOrStopping: Advice = () => 'PostgreSQL is starting or stopping: try again when it takes connections.';
const busy: Advice = () => 'PostgreSQL has too much to do, or somebody holds what is needed: try again a little later.';

/** By SQLSTATE, of PostgreSQL's appendix A, or by the code of an error of the system. */
const byCode: Readonly<Record<string, Advice>> = {
  ECONNREFUSED: nobodyListens,
  ENOTFOUND: (setting) => `This machine knows no host of that name: mend it in ${setting}.`,
  EAI_AGAIN: (setting) =>
    `The name of the host could not be looked up: mend it in ${setting}, or see that this machine reaches its DNS.`,
  ETIMEDOUT: unanswered,
  EHOSTUNREACH: unanswered,
  ENETUNREACH: unanswered,
  ECONNRESET: hungUp,
  EPIPE: hungUp,
  ENOENT: (setting) => `${setting} names that file: put it there, or name another.`,
  EACCES: () => 'Let this user read it.',
  ERR_TLS_CERT_ALTNAME_INVALID: (setting) =>
    `The certificate of PostgreSQL is for another host: name the one that it is for in ${setting}.`,
  CERT_HAS_EXPIRED: () => 'The certificate of PostgreSQL has run out: give it a new one.',
  '08P01': () =>
    'PostgreSQL or a pooler before it does not take how it was asked. PgBouncer is no way to it: name PostgreSQL itself ' +
    '(see docs/guides/growing.md).',
  '28P01': (setting) =>
    `Mend user and password in ${setting}: there, / : @ # ? and % in them are written as %2F %3A %40 %23 %3F and %25.`,
  '3D000': (setting) => `Make it with CREATE DATABASE, as docs/guides/growing.md says, or mend its name in ${setting}.`,
  '42501': (setting) =>
    `The user in ${setting} has to own the database and what is in it: as somebody who may, run ALTER DATABASE … OWNER TO … there.`,
  '53100': () => 'The disk of PostgreSQL is full: make room there.',
  '53300': () =>
    'PostgreSQL has as many connections as it takes: end some, or raise max_connections, or the CONNECTION LIMIT of the ' +
    'user or database. A server has up to 13, a command one or two.',
  '55P03': busy,
  '57014': busy,
  '57P01': startingOrStopping,
  '57P02': startingOrStopping,
  '57P03': startingOrStopping,
};

/** What is said in words alone. */
const byWords: readonly (readonly [RegExp, Advice])[] = [
  [
    /does not support SSL/,
    (setting) =>
      `PostgreSQL offers no TLS there: switch it on (ssl = on), or where the way to it is yours alone, take sslmode out of ${setting}.`,
  ],
  [
    /client password must be/,
    (setting) => `PostgreSQL asks for a password, and there is none in ${setting}: postgres://user:password@…`,
  ],
  [/^URI malformed$/, (setting) => `A % that stands for itself in ${setting} is written as %25.`],
  [/timeout/, unanswered],
  [/terminated|ended/, hungUp],
];

/**
 * What to do about a PostgreSQL that cannot be used.
 *
 * @param error as storage names it, or PostgreSQL's own
 * @param url its address
 * @param setting what gives the address, as the person who gave it would name it
 */
export function adviceOn(error: Error, url: string, setting: string): string {
  if (error instanceof Standby) return `Name the one that takes changes, the primary, in ${setting}.`;
  if (error instanceof ReadOnly) return `Switch that off there, or name another PostgreSQL in ${setting}.`;
  const { code, routine, syscall } = causeOf(error);
  if (code === '28000') return adviceOnUser(routine, url)(setting);
  // Of a socket of the file system.
  if (code === 'ENOENT' && syscall === 'connect') return nobodyListens(setting);
  const known = code === undefined ? undefined : byCode[code];
  if (known) return known(setting);
  if (code !== undefined && /CERT|SIGNATURE|ISSUER/.test(code)) {
    return `The certificate of PostgreSQL is from an authority that is not known here: name its file in ${setting}, as sslmode=verify-full&sslrootcert=….`;
  }
  const [, said] = byWords.find(([words]) => words.test(error.message)) ?? [];
  if (said) return said(setting);
  return `See that PostgreSQL runs, and that ${setting} names it, a database and who may use it.`;
}

/** Of those whom PostgreSQL does not let in; its words are in the language of the database, its routines are not. */
function adviceOnUser(routine: string | undefined, url: string): Advice {
  if (routine === 'InitializeSessionUserId') {
    return (setting) => `Make that user with CREATE ROLE … LOGIN, or name another in ${setting}.`;
  }
  if (/[?&](sslmode=(?!disable)|ssl=(true|1)|sslnegotiation=direct)/.test(url)) {
    return () => 'Its pg_hba.conf lets that user in from elsewhere, or not at all: add a line for this machine.';
  }
  return (setting) =>
    `Its pg_hba.conf has no line for that user from here without TLS. Where it has one with TLS (hostssl), put ?sslmode=verify-full ` +
    `behind the address in ${setting}; otherwise add one.`;
}

/** What was said first. Where a name has several addresses each has said something, and the code is that of the first. */
function causeOf(error: Error): Cause {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if ((one as Cause).code !== undefined) return one as Cause;
  }
  return {};
}
