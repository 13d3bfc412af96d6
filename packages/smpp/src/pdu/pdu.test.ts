import fc from 'fast-check';
import { expect, it } from 'vitest';
import { statuses } from '../status.ts';
import type { PduAddress } from './fields.ts';
import { type Command, commandIds } from './layouts.ts';
import { PduError } from './octets.ts';
import { type Body, bodyOf, decode, encode, type Pdu, parseFrame } from './pdu.ts';
import { tags } from './tlv.ts';

const octet = fc.integer({ min: 0, max: 255 });
const octets = (maxLength: number) => fc.uint8Array({ maxLength });
const text = (max: number) =>
  fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: max - 1 });
const number: fc.Arbitrary<PduAddress> = fc.record({ ton: octet, npi: octet, address: text(21) });
const long: fc.Arbitrary<PduAddress> = fc.record({ ton: octet, npi: octet, address: text(65) });
const message = {
  esmClass: octet,
  protocolId: octet,
  priorityFlag: octet,
  scheduleDeliveryTime: text(17),
  validityPeriod: text(17),
  registeredDelivery: octet,
  replaceIfPresent: octet,
  dataCoding: octet,
  defaultMessageId: octet,
  shortMessage: octets(254),
};
const bind = {
  systemId: text(16),
  password: text(9),
  systemType: text(13),
  interfaceVersion: octet,
  addressTon: octet,
  addressNpi: octet,
  addressRange: text(41),
};
const one = { serviceType: text(6), source: number, destination: number, ...message };
const id = { messageId: text(65) };
const status = fc.integer({ min: 0, max: 0xffffffff });
const bodies: { [Name in Command]: Record<string, fc.Arbitrary<unknown>> } = {
  generic_nack: {},
  bind_receiver: bind,
  bind_receiver_resp: { systemId: text(16) },
  bind_transmitter: bind,
  bind_transmitter_resp: { systemId: text(16) },
  bind_transceiver: bind,
  bind_transceiver_resp: { systemId: text(16) },
  outbind: { systemId: text(16), password: text(9) },
  unbind: {},
  unbind_resp: {},
  enquire_link: {},
  enquire_link_resp: {},
  submit_sm: one,
  submit_sm_resp: id,
  deliver_sm: one,
  deliver_sm_resp: id,
  submit_multi: {
    serviceType: text(6),
    source: number,
    destinations: fc.array(fc.oneof(number, fc.record({ list: text(21) })), { maxLength: 255 }),
    ...message,
  },
  submit_multi_resp: {
    ...id,
    unreached: fc.array(fc.record({ ton: octet, npi: octet, address: text(21), status }), { maxLength: 255 }),
  },
  data_sm: {
    serviceType: text(6),
    source: long,
    destination: long,
    esmClass: octet,
    registeredDelivery: octet,
    dataCoding: octet,
  },
  data_sm_resp: id,
  query_sm: { ...id, source: number },
  query_sm_resp: { ...id, finalDate: text(17), messageState: octet, errorCode: octet },
  cancel_sm: { serviceType: text(6), ...id, source: number, destination: number },
  cancel_sm_resp: {},
  replace_sm: {
    ...id,
    source: number,
    scheduleDeliveryTime: text(17),
    validityPeriod: text(17),
    registeredDelivery: octet,
    defaultMessageId: octet,
    shortMessage: octets(254),
  },
  replace_sm_resp: {},
  alert_notification: { source: long, esme: long },
};

const tlvs = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 0xffff }), octets(300)), { selector: ([tag]) => tag, maxLength: 5 })
  .map((entries) => new Map(entries));

const anyPdu = fc
  .constantFrom(...(Object.keys(bodies) as Command[]))
  .chain((command) =>
    fc.record({
      command: fc.constant(command),
      status: fc.constant(0),
      sequence: fc.integer({ min: 1, max: 0x7fffffff }),
      ...bodies[command],
      tlvs,
    }),
  )
  .map((pdu) => pdu as unknown as Pdu);

it('reads what it wrote, of every PDU', () => {
  fc.assert(
    fc.property(anyPdu, (pdu) => {
      const octets = encode(pdu);
      expect(octets.readUInt32BE(0)).toBe(octets.length);
      expect(decode(parseFrame(octets))).toEqual(pdu);
    }),
    { numRuns: 500 },
  );
});

it('reads a PDU that was cut off as a PduError or as a shorter one, and never as more than there is', () => {
  fc.assert(
    fc.property(anyPdu, fc.nat(), (pdu, where) => {
      const octets = encode(pdu);
      const cut = octets.subarray(0, 16 + (where % (octets.length - 15)));
      try {
        expect(encode(decode(parseFrame(cut))).length).toBeLessThanOrEqual(Math.max(octets.length, cut.length));
      } catch (error) {
        expect(error).toBeInstanceOf(PduError);
      }
    }),
    { numRuns: 500 },
  );
});

it('reads any octets at all as a PDU or as a PduError', () => {
  const anyFrame = fc.record({
    commandId: fc.oneof(fc.constantFrom(...Object.values(commandIds)), status),
    status,
    sequence: status,
    body: octets(400),
  });
  fc.assert(
    fc.property(anyFrame, (frame) => {
      try {
        decode(frame);
      } catch (error) {
        expect(error).toBeInstanceOf(PduError);
      }
    }),
    { numRuns: 1000 },
  );
});

const submit = (given: Partial<Body<'submit_sm'>>): Pdu => ({
  command: 'submit_sm',
  status: 0,
  sequence: 1,
  ...bodyOf('submit_sm', given),
});
const statusOf = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (error instanceof PduError) return error.status;
  }
  return null;
};

it('says with a status of the protocol what is wrong', () => {
  const read = (octets: Uint8Array) => () => decode(parseFrame(octets));
  const whole = encode(submit({ shortMessage: Buffer.from('hello') }));
  expect(statusOf(read(whole.subarray(0, -1)))).toBe(statuses.ESME_RINVMSGLEN);
  expect(statusOf(read(whole.subarray(0, 20)))).toBe(statuses.ESME_RINVCMDLEN);
  expect(statusOf(read(Buffer.concat([whole, Buffer.of(2, 4, 0, 9, 1)])))).toBe(statuses.ESME_RINVOPTPARSTREAM);
  expect(statusOf(read(Buffer.concat([whole, Buffer.of(2, 4, 0)])))).toBe(statuses.ESME_RINVOPTPARSTREAM);
  const tooLong = Buffer.concat([whole.subarray(0, 16), Buffer.alloc(40, 0x41)]);
  expect(statusOf(read(tooLong))).toBe(statuses.ESME_RINVPARLEN);
  const unknown = Buffer.from(whole);
  unknown.writeUInt32BE(0x99, 4);
  expect(statusOf(read(unknown))).toBe(statuses.ESME_RINVCMDID);
});

it('writes nothing that does not fit into its field', () => {
  const source = { ton: 1, npi: 1, address: '1'.repeat(21) };
  expect(statusOf(() => encode(submit({ source })))).toBe(statuses.ESME_RINVPARLEN);
  expect(statusOf(() => encode(submit({ serviceType: 'a\0b' })))).toBe(statuses.ESME_RINVPARLEN);
  expect(statusOf(() => encode(submit({ serviceType: 'Ж' })))).toBe(statuses.ESME_RINVPARLEN);
  expect(statusOf(() => encode(submit({ dataCoding: 256 })))).toBe(statuses.ESME_RINVCMDLEN);
  expect(statusOf(() => encode(submit({ shortMessage: new Uint8Array(255) })))).toBe(statuses.ESME_RINVMSGLEN);
  const tlvs = new Map([[tags.messagePayload, new Uint8Array(0x10000)]]);
  expect(statusOf(() => encode(submit({ tlvs })))).toBe(statuses.ESME_RINVCMDLEN);
});

it('reads a refusal without a body, and an answer that leaves out its empty id', () => {
  const header = (command: Command, status: number) => {
    const octets = Buffer.alloc(16);
    octets.writeUInt32BE(16, 0);
    octets.writeUInt32BE(commandIds[command], 4);
    octets.writeUInt32BE(status, 8);
    octets.writeUInt32BE(7, 12);
    return octets;
  };
  expect(decode(parseFrame(header('submit_sm_resp', 0x58)))).toMatchObject({ status: 0x58, messageId: '' });
  expect(decode(parseFrame(header('deliver_sm_resp', 0)))).toMatchObject({ status: 0, sequence: 7, messageId: '' });
  expect(encode({ command: 'submit_sm_resp', status: 0x58, sequence: 7, messageId: 'x', tlvs: new Map() })).toEqual(
    header('submit_sm_resp', 0x58),
  );
});
