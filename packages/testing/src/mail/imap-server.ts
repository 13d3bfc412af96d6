/** A mailbox behind IMAP (RFC 3501, IDLE of RFC 2177), as much of it as clients that read mail use. */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { fetch, search, store } from './imap-answers.ts';
import type { MailFolder } from './mailbox.ts';

export interface ImapOptions {
  folder: MailFolder;
  user: string;
  password: string;
  /** PEM. TLS from the first byte; without it there is none. */
  tls?: { key: string; cert: string } | undefined;
  /** Told of every command, without passwords. */
  note(command: string): void;
}

const capabilities = 'CAPABILITY IMAP4rev1 IDLE NAMESPACE ID UIDPLUS SASL-IR AUTH=PLAIN';

export class ImapServer {
  readonly server: Server;
  readonly #options: ImapOptions;
  readonly #sessions = new Set<Session>();
  /** Logins are refused while this is on. */
  refusesLogins = false;
  /** New connections are hung up on while this is on. */
  unreachable = false;

  constructor(options: ImapOptions) {
    this.#options = options;
    const serve = (socket: Socket) => this.#serve(socket);
    this.server = options.tls ? createTlsServer(options.tls, serve) : createServer(serve);
    options.folder.onArrival(() => {
      for (const session of this.#sessions) session.tell();
    });
  }

  /** How many clients wait for mail at the moment. */
  get idling(): number {
    return [...this.#sessions].filter((session) => session.idling).length;
  }

  /** Cuts all connections, as networks do: without a word. */
  drop(): void {
    for (const session of this.#sessions) session.socket.destroy();
  }

  #serve(socket: Socket): void {
    if (this.unreachable) {
      socket.destroy();
      return;
    }
    const session = new Session(socket, this.#options, () => this.refusesLogins);
    this.#sessions.add(session);
    socket.on('close', () => this.#sessions.delete(session));
    socket.on('error', () => socket.destroy());
  }
}

class Session {
  readonly socket: Socket;
  readonly #options: ImapOptions;
  readonly #refusesLogins: () => boolean;
  #rest = Buffer.alloc(0);
  #known = false;
  #told = 0;
  #idleTag: string | null = null;
  /** The tag of a login whose second line is awaited. */
  #loginTag: string | null = null;

  constructor(socket: Socket, options: ImapOptions, refusesLogins: () => boolean) {
    this.socket = socket;
    this.#options = options;
    this.#refusesLogins = refusesLogins;
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    this.#write(`* OK [${capabilities}] ready`);
  }

  get idling(): boolean {
    return this.#idleTag !== null;
  }

  /** Mail has come in; who does not idle hears of it with the next command. */
  tell(): void {
    if (this.idling) this.#count();
  }

  #count(): void {
    const { length } = this.#options.folder.mails;
    if (this.#told === length) return;
    this.#told = length;
    this.#write(`* ${length} EXISTS`);
  }

  #write(line: string): void {
    this.socket.write(`${line}\r\n`);
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (let end = this.#rest.indexOf('\r\n'); end !== -1; end = this.#rest.indexOf('\r\n')) {
      const line = this.#rest.subarray(0, end).toString('utf8');
      this.#rest = this.#rest.subarray(end + 2);
      this.#take(line);
    }
  }

  #take(line: string): void {
    if (this.#idleTag !== null && /^DONE$/i.test(line)) {
      this.#write(`${this.#idleTag} OK idled`);
      this.#idleTag = null;
      return;
    }
    if (this.#loginTag !== null) return this.#plain(this.#loginTag, line);
    const [, tag, name = '', rest = ''] = /^(\S+) (UID \S+|\S+) ?(.*)$/i.exec(line) ?? [];
    if (tag === undefined) return this.#write('* BAD no command');
    const command = name.toUpperCase();
    const secret = command === 'LOGIN' || command === 'AUTHENTICATE';
    this.#options.note(secret ? command : `${command} ${rest}`.trim());
    this.#answer(tag, command, rest);
  }

  #answer(tag: string, command: string, rest: string): void {
    switch (command) {
      case 'CAPABILITY':
        this.#write(`* ${capabilities}`);
        return this.#write(`${tag} OK done`);
      case 'ID':
        this.#write('* ID ("name" "simulator")');
        return this.#write(`${tag} OK done`);
      case 'NOOP':
        this.#count();
        return this.#write(`${tag} OK done`);
      case 'LOGOUT':
        this.#write('* BYE');
        this.#write(`${tag} OK done`);
        this.socket.end();
        return;
      case 'LOGIN':
        return this.#login(tag, rest.match(/"((?:[^"\\]|\\.)*)"|\S+/g)?.map(unquote) ?? []);
      case 'AUTHENTICATE': {
        const [, initial] = /^PLAIN ?(.*)$/i.exec(rest) ?? [];
        if (initial === undefined) return this.#write(`${tag} NO only PLAIN`);
        if (initial !== '') return this.#plain(tag, initial);
        this.#loginTag = tag;
        return this.#write('+ ');
      }
      default:
        if (!this.#known) return this.#write(`${tag} NO log in first`);
        return this.#answerKnown(tag, command, rest);
    }
  }

  #answerKnown(tag: string, command: string, rest: string): void {
    const { folder } = this.#options;
    const byUid = command.startsWith('UID ');
    const [set = '', ...others] = rest.split(' ');
    switch (command) {
      case 'NAMESPACE':
        this.#write('* NAMESPACE (("" "/")) NIL NIL');
        break;
      case 'LIST':
      case 'LSUB':
        this.#write(`* ${command} (\\HasNoChildren) "/" INBOX`);
        break;
      case 'SELECT':
      case 'EXAMINE': {
        if (!/^"?INBOX"?/i.test(rest)) return this.#write(`${tag} NO [NONEXISTENT] there is no such folder`);
        this.#told = folder.mails.length;
        this.#write(`* ${this.#told} EXISTS`);
        this.#write('* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft)');
        this.#write('* OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft \\*)]');
        this.#write(`* OK [UIDVALIDITY ${folder.uidValidity}]`);
        this.#write(`* OK [UIDNEXT ${folder.uidNext}]`);
        return this.#write(`${tag} OK [READ-WRITE] selected`);
      }
      case 'IDLE':
        this.#write('+ idling');
        this.#idleTag = tag;
        return this.#count();
      case 'SEARCH':
      case 'UID SEARCH': {
        const found = search(folder, rest, byUid);
        if (found === undefined) return this.#write(`${tag} BAD this search is not known here`);
        this.#count();
        this.#write(found);
        break;
      }
      case 'FETCH':
      case 'UID FETCH':
        for (const answer of fetch(folder, set, others.join(' '), byUid)) this.socket.write(answer);
        break;
      case 'STORE':
      case 'UID STORE':
        for (const answer of store(folder, set, others.join(' '), byUid)) this.#write(answer);
        break;
      case 'CLOSE':
      case 'UNSELECT':
        break;
      default:
        return this.#write(`${tag} BAD ${command} is not known here`);
    }
    this.#write(`${tag} OK done`);
  }

  #plain(tag: string, text: string): void {
    this.#loginTag = null;
    this.#login(tag, Buffer.from(text, 'base64').toString().split('\0').slice(1));
  }

  #login(tag: string, [user, password]: readonly string[]): void {
    const { user: known, password: right } = this.#options;
    if (this.#refusesLogins() || user !== known || password !== right) {
      return this.#write(`${tag} NO [AUTHENTICATIONFAILED] wrong user or password`);
    }
    this.#known = true;
    this.#write(`${tag} OK [${capabilities}] logged in`);
  }
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
}
