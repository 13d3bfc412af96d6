/** The `smpp` package of npm, which nobody here wrote, reads what we write and writes what we read. */
import smpp from 'smpp';
import { expect, it } from 'vitest';
import { bodyOf, decode, encode, type Pdu, parseFrame, tags } from '../src/index.ts';

const source = { ton: 5, npi: 0, address: 'BRAND' };
const destination = { ton: 1, npi: 1, address: '447700900123' };

const ours: Pdu[] = [
  {
    command: 'bind_transceiver',
    status: 0,
    sequence: 1,
    ...bodyOf('bind_transceiver', { systemId: 'conv', password: 'secret1', systemType: 'x', interfaceVersion: 0x34 }),
  },
  {
    command: 'submit_sm',
    status: 0,
    sequence: 0x7fffffff,
    ...bodyOf('submit_sm', {
      source,
      destination,
      registeredDelivery: 1,
      dataCoding: 4,
      shortMessage: Buffer.of(0, 1, 2, 0xff),
      tlvs: new Map([[tags.userMessageReference, Buffer.of(1, 2)]]),
    }),
  },
  { command: 'submit_sm_resp', status: 0, sequence: 2, ...bodyOf('submit_sm_resp', { messageId: '1E240' }) },
  { command: 'submit_sm_resp', status: 0x58, sequence: 2, ...bodyOf('submit_sm_resp', {}) },
  {
    command: 'deliver_sm',
    status: 0,
    sequence: 3,
    ...bodyOf('deliver_sm', {
      source: destination,
      destination: source,
      esmClass: 4,
      dataCoding: 4,
      shortMessage: Buffer.from('id:1 stat:DELIVRD'),
      tlvs: new Map([
        [tags.receiptedMessageId, Buffer.from('1\0')],
        [tags.messageState, Buffer.of(2)],
      ]),
    }),
  },
  { command: 'enquire_link', status: 0, sequence: 4, ...bodyOf('enquire_link', {}) },
  { command: 'generic_nack', status: 3, sequence: 5, ...bodyOf('generic_nack', {}) },
  {
    command: 'submit_multi',
    status: 0,
    sequence: 6,
    ...bodyOf('submit_multi', { source, destinations: [destination, { list: 'friends' }], dataCoding: 4 }),
  },
  {
    command: 'query_sm_resp',
    status: 0,
    sequence: 7,
    ...bodyOf('query_sm_resp', { messageId: 'a', finalDate: '260101000000000+', messageState: 2, errorCode: 9 }),
  },
];

it.each(ours.map((pdu) => [pdu.command, pdu] as const))('%s: the other package writes the same octets', (_, pdu) => {
  const octets = encode(pdu);
  const theirs = new smpp.PDU(octets);
  expect(theirs).toMatchObject({ command: pdu.command, sequence_number: pdu.sequence, command_status: pdu.status });
  expect(Buffer.from(theirs.toBuffer()).toString('hex')).toBe(octets.toString('hex'));
});

it('reads the fields of what the other package wrote', () => {
  const theirs = new smpp.PDU('deliver_sm', {
    sequence_number: 9,
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: '447700900123',
    destination_addr: '12345',
    data_coding: 8,
    short_message: 'Привет 👋',
    user_message_reference: 515,
  }).toBuffer();
  expect(decode(parseFrame(theirs))).toEqual({
    command: 'deliver_sm',
    status: 0,
    sequence: 9,
    ...bodyOf('deliver_sm', {
      source: destination,
      destination: { ton: 0, npi: 0, address: '12345' },
      dataCoding: 8,
      shortMessage: new Uint8Array(Buffer.from('Привет 👋', 'utf16le').swap16()),
      tlvs: new Map([[tags.userMessageReference, new Uint8Array([2, 3])]]),
    }),
  });
});
