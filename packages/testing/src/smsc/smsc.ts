/**
 * An SMSC: SMPP 3.4 on loopback. It refuses what a real one refuses, has faults on demand, reports in all the forms that
 * carriers have, and keeps what it has to tell until it was told.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Body, type Scheduler, type Session, statuses, statusName, tags } from '@colloquy/smpp';
import { systemClock } from '../clock.ts';
import { PhoneLog } from '../phones/phone-log.ts';
import { Faults } from './faults.ts';
import { Handsets } from './handsets.ts';
import { idIn } from './ids.ts';
import { type InboundText, pdusOf } from './inbound.ts';
import { Journal } from './journal.ts';
import { type Delivery, Line } from './line.ts';
import { Outbox } from './outbox.ts';
import { Peer } from './peer.ts';
import { phoneOf } from './phones.ts';
import { type Report, receiptFor, type Taken } from './receipts.ts';
import { type Account, type Settings, usualAccount, usualSettings } from './settings.ts';

export interface SmscOptions {
  clock?: Scheduler;
  /** By default one: `conv`, `secret1`. */
  accounts?: readonly Partial<Account>[];
  settings?: Partial<Settings>;
  /** After how much silence it asks whether the other side is there, in milliseconds. */
  enquireAfterMs?: number;
  /** Between 0 and 1, for faults that only a part of the messages meets. */
  random?: () => number;
}

/** A message as it was taken. */
export interface TakenMessage extends Taken {
  id: string;
  submit: Body<'submit_sm'>;
}

export class Smsc {
  readonly journal = new Journal();
  readonly faults: Faults;
  readonly settings: Settings;
  readonly accounts: Account[];
  /** Every message that was taken, in order. */
  readonly taken: TakenMessage[] = [];
  readonly handsets: Handsets;
  /** What phones show, and what happens on the way to them. */
  readonly log: PhoneLog;
  readonly #options: SmscOptions;
  readonly #clock: Scheduler;
  readonly #server: Server;
  readonly #peers = new Set<Peer>();
  readonly #outboxes = new Map<string, Outbox>();
  #connections = 0;
  #messages = 0;
  #references = 0;

  constructor(options: SmscOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.faults = new Faults(options.random ?? Math.random);
    const receipts = { ...usualSettings.receipts, ...options.settings?.receipts };
    this.settings = { ...usualSettings, ...options.settings, receipts };
    this.accounts = (options.accounts ?? [{}]).map((account) => ({ ...usualAccount, ...account }));
    this.log = new PhoneLog(this.#clock);
    this.handsets = new Handsets(this.settings.defaultAlphabet, (number, { from, text, ids }) => {
      this.log.arrive(ids, { from: phoneOf(from), to: phoneOf(number), body: text });
    });
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#connected(socket));
  }

  /** @param port by default any that is free; it listens on loopback only */
  async start(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts all connections. What was taken, and what was not told yet, is kept for another start. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  /** A text from a person. Resolves with the answers to its pieces. */
  async write(inbound: InboundText, account = this.accounts[0]?.systemId ?? ''): Promise<number[]> {
    this.#references = (this.#references + 1) % 256;
    const from = phoneOf(inbound.from);
    this.log.write({ from, to: phoneOf(inbound.to), body: inbound.text });
    if (this.binds === 0) this.log.unheard(from, 'nobody has bound; it waits');
    const pdus = pdusOf(inbound, this.#references);
    const answers = await Promise.all(pdus.map((pdu) => this.deliver(pdu, account)));
    const refused = answers.find((status) => status !== statuses.ESME_ROK);
    if (refused !== undefined) this.log.unheard(from, `deliver_sm was answered with ${statusName(refused)}`);
    return answers;
  }

  /** Any `deliver_sm`. Resolves with the status that it was answered with. */
  deliver(pdu: Partial<Body<'deliver_sm'>>, account = this.accounts[0]?.systemId ?? ''): Promise<number> {
    return this.#outboxOf(account).add(pdu);
  }

  /** A receipt for a message that was taken, whatever was reported of it before. */
  report(taken: Taken, report: Partial<Report>, account = this.accounts[0]?.systemId ?? ''): Promise<number> {
    const whole = { state: 'DELIVRD', error: '000', intermediate: false, at: this.#clock.now(), ...report } as const;
    return this.deliver(receiptFor(taken, whole, this.settings.receipts), account);
  }

  /** What no account was told yet, or has not answered. */
  get untold(): number {
    return [...this.#outboxes.values()].reduce((sum, outbox) => sum + outbox.size, 0);
  }

  /** Resolves when either side has read what the other wrote, and what it has to tell waits for the clock at most. */
  async idle(): Promise<void> {
    const outboxes = [...this.#outboxes.values()];
    do {
      await Promise.all(outboxes.map((outbox) => outbox.idle()));
      const open = [...this.#peers].filter(({ session, account }) => account && session.open);
      await Promise.all(open.map(({ session }) => session.request('enquire_link', {}).catch(() => {})));
    } while (outboxes.some((outbox) => outbox.busy));
  }

  /** Binds that are up. */
  get binds(): number {
    return [...this.#peers].filter((peer) => peer.account).length;
  }

  /** Connections break, as cables do. */
  cut(): void {
    for (const { line, session } of this.#peers) {
      line.reset();
      session.destroy('The connection was cut.');
    }
  }

  /** Our half of the connections ends, and theirs is left as it is. */
  halfClose(): void {
    for (const { line } of this.#peers) line.halfClose();
  }

  /** Ends the sessions as the protocol has it. */
  async unbind(): Promise<void> {
    await Promise.all([...this.#peers].map(({ session }) => session.unbind()));
  }

  /** Any octets, to everybody. */
  raw(octets: Uint8Array): void {
    for (const { line } of this.#peers) line.raw(octets);
  }

  /** How octets arrive from now on, by the connections that there are. */
  set delivery(delivery: Delivery) {
    for (const { line } of this.#peers) line.delivery = delivery;
  }

  /** Leaves the questions unanswered that ask whether it is there, by the connections that there are. */
  ignoreEnquiries(): void {
    for (const { line } of this.#peers) line.ignoresEnquiries = true;
  }

  #connected(socket: Socket): void {
    this.#connections += 1;
    const connection = this.#connections;
    const entry = () => ({ at: this.#clock.now(), connection });
    const peer = new Peer({
      clock: this.#clock,
      line: new Line(socket),
      settings: this.settings,
      ...(this.#options.enquireAfterMs !== undefined && { enquireAfterMs: this.#options.enquireAfterMs }),
      admit: (bind) => this.#admit(bind),
      bound: () => this.#outboxOf(peer.account?.systemId ?? '').pump(),
      fault: (destination) => this.faults.take(destination),
      take: (submit, from) => this.#take(submit, from),
      onPdu: (type, pdu) => {
        this.journal.add({ ...entry(), type, pdu });
        if (type === 'out' && pdu.status !== statuses.ESME_ROK) {
          this.log.refuse(pdu.command.replace(/_resp$/, ''), statusName(pdu.status));
        }
      },
      onClose: (reason) => {
        this.#peers.delete(peer);
        this.journal.add({ ...entry(), type: 'closed', reason });
      },
    });
    this.#peers.add(peer);
    this.journal.add({ ...entry(), type: 'connected' });
  }

  #admit({ systemId, password }: Body<'bind_transceiver'>): Account | number {
    const account = this.accounts.find((one) => one.systemId === systemId);
    if (!account) return statuses.ESME_RINVSYSID;
    if (account.password !== password) return statuses.ESME_RINVPASWD;
    const binds = [...this.#peers].filter((peer) => peer.account === account).length;
    return binds < account.maxBinds ? account : this.settings.tooManyBinds;
  }

  #outboxOf(account: string): Outbox {
    let outbox = this.#outboxes.get(account);
    if (!outbox) {
      const receives = (peer: Peer) => peer.receives && peer.account?.systemId === account;
      const sessions = () => [...this.#peers].filter(receives).map(({ session }) => session);
      outbox = new Outbox(this.#clock, sessions);
      this.#outboxes.set(account, outbox);
    }
    return outbox;
  }

  #take(submit: Body<'submit_sm'>, from: Peer): { id: string; follow(): void } {
    const { ids, receiptIds, receipts } = this.settings;
    this.#messages += 1;
    const id = idIn(ids, 100_000 + this.#messages);
    const taken: TakenMessage = {
      id,
      receiptId: ids === receiptIds ? id : idIn(receiptIds, 100_000 + this.#messages),
      source: submit.source,
      destination: submit.destination,
      at: this.#clock.now(),
      userMessageReference: submit.tlvs.get(tags.userMessageReference),
      submit,
    };
    this.taken.push(taken);
    const fate = this.settings.fate(submit.destination.address);
    if (fate?.state === 'DELIVRD' || fate === null) this.handsets.receive(id, submit);
    const follow = () => {
      for (const report of fate ? reportsOf(submit.registeredDelivery, fate, receipts) : []) {
        for (let copy = 0; copy < receipts.copies; copy += 1) void this.#tell(taken, report, from);
      }
    };
    const { after } = receipts;
    if (after === 'before') follow();
    if (typeof after !== 'number') return { id, follow: () => {} };
    if (after === 0) return { id, follow };
    return { id, follow: () => void this.#clock.at(this.#clock.now() + after, follow) };
  }

  #tell(taken: TakenMessage, report: Omit<Report, 'at'>, from: Peer): Promise<number> {
    const { receipts } = this.settings;
    const pdu = receiptFor(taken, { ...report, at: this.#clock.now() }, receipts);
    const choose = (sessions: readonly Session[]) =>
      sessions.find((session) => (session === from.session) === (receipts.on === 'same'));
    const phone = phoneOf(taken.destination.address);
    const told = this.#outboxOf(from.account?.systemId ?? '').add(pdu, choose);
    return told.then((status) => {
      const { state, error } = report;
      this.log.report(
        taken.id,
        phone,
        wordFor[state] ?? state,
        state === 'DELIVRD' ? null : `${state}, error ${error}`,
      );
      return status;
    });
  }
}

/** As phones have it; what else there is did not arrive. */
const wordFor: Readonly<Record<string, string>> = { DELIVRD: 'delivered', ENROUTE: 'sent', ACCEPTD: 'sent' };

/** What `registered_delivery` asks for: SMPP 3.4, section 5.2.17. */
function reportsOf(
  registered: number,
  fate: Pick<Report, 'state' | 'error'>,
  { intermediate }: Settings['receipts'],
): Omit<Report, 'at'>[] {
  const wanted = registered & 3;
  const final = wanted === 1 || (wanted === 2 && fate.state !== 'DELIVRD');
  const between = intermediate && (registered & 0x10) !== 0;
  return [
    ...(between ? [{ state: 'ENROUTE', error: '000', intermediate: true } as const] : []),
    ...(final ? [{ ...fate, intermediate: false }] : []),
  ];
}
