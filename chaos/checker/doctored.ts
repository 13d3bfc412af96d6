import type { AnyStreamEvent } from '@colloquy/protocol';
import type { Entry, Found, Timed } from '../record/entries.ts';

/** A small journal without a fault, for tests to spoil. */
export interface Sound {
  entries: Entry[];
  found: Found;
}

const conversation = 'CH1';
const phone = '+12025550177';

/**
 * Two messages of a back end, one of them edited, and one of a phone; a guest who came; a reader who read up to the
 * second. Positions: 2 to 11.
 */
export function sound(): Sound {
  const log: AnyStreamEvent[] = [];
  const event = (type: string, data: object) => {
    const position = log.length + 2;
    log.push({ stream: conversation, position, type, time: position, data } as unknown as AnyStreamEvent);
    return `${conversation}.${position}`;
  };
  const message = (n: number, body: string) => ({ sid: `IM${n}`, index: n, body });
  const receipt = (n: number, status: string | null) => ({
    ...{ sid: `DY${n}`, messageSid: `IM${n}`, participantSid: 'MB2', status },
  });

  event('participant.added', { sid: 'MB1', identity: 'reader', binding: null });
  event('participant.added', { sid: 'MB2', identity: null, binding: { address: phone } });
  const first = event('message.added', message(0, 'w.1 says'));
  event('receipt.added', receipt(0, null));
  event('receipt.updated', receipt(0, 'sent'));
  event('receipt.updated', receipt(0, 'delivered'));
  event('participant.added', { sid: 'MB3', identity: 'guest', binding: null });
  const second = event('message.added', message(1, `phone${phone}.2 writes`));
  const edit = event('message.updated', message(0, 'w.1 edited w.3'));

  const messages = [message(0, 'w.1 edited w.3'), message(1, `phone${phone}.2 writes`)];
  const found: Found = {
    kind: 'found',
    conversation,
    observer: 'observer',
    log,
    messages,
    participants: ['observer', 'reader', phone, 'guest'],
    held: { reader: structuredClone(messages) },
    reading: { reader: { horizon: 0, rest: 1, sdk: 1 } },
    phones: { [phone]: ['w.1 says'] },
  };
  const asked = { kind: 'asked', conversation, keyed: true } as const;
  const told = { kind: 'told', outcome: 'acknowledged' } as const;
  const seen = { kind: 'seen', reader: 'reader', conversation } as const;
  const hooked = { kind: 'hooked', taken: true } as const;
  const entries: Entry[] = [
    { kind: 'run', seed: 1, minutes: 1, set: 'single', faults: [], readers: ['reader'], visitors: ['visitor'] },
    { kind: 'entered', reader: 'reader', conversation, last: -1 },
    { ...asked, id: 'w.1', actor: 'w', what: 'send', body: 'w.1 says' },
    { ...told, id: 'w.1', sid: 'IM0', index: 0 },
    { ...seen, event: 'added', ...message(0, 'w.1 says') },
    { ...asked, id: 'r.1', actor: 'reader', what: 'read', target: 0 },
    { ...told, id: 'r.1' },
    { ...asked, id: 'm.1', actor: 'mover', what: 'join', target: 'guest' },
    { ...told, id: 'm.1' },
    { ...asked, id: `phone${phone}.2`, actor: `phone${phone}`, what: 'send', body: `phone${phone}.2 writes` },
    { ...told, id: `phone${phone}.2`, sid: 'IM1' },
    { ...seen, event: 'added', ...message(1, `phone${phone}.2 writes`) },
    { ...asked, id: 'w.3', actor: 'w', what: 'edit', target: 'w.1', body: 'w.1 edited w.3' },
    { ...told, id: 'w.3' },
    { ...seen, event: 'updated', ...message(0, 'w.1 edited w.3') },
    { ...hooked, event: first, type: 'onMessageAdded', token: 'a' },
    { ...hooked, event: second, type: 'onMessageAdded', token: 'b' },
    { ...hooked, event: edit, type: 'onMessageUpdated', token: 'c' },
    { kind: 'left-over', waiting: [], dead: [] },
    { kind: 'consulted', rows: 100, findings: [] },
  ];
  return { entries, found };
}

/** As it is read from a file, with times that grow. */
export function timed({ entries, found }: Sound): Timed[] {
  return [...entries, found].map((entry, t) => ({ ...entry, t }));
}
