import { expect, it } from 'vitest';
import { encodeUcs2 } from '../alphabets/data-coding.ts';
import { integerTlv, noTlvs, stringTlv, type Tlvs, tags } from '../pdu/tlv.ts';
import { isReceipt, parseReceipt } from './receipt.ts';

const parse = (text: string | Uint8Array, tlvs: Tlvs = noTlvs) =>
  parseReceipt({ esmClass: 4, tlvs }, typeof text === 'string' ? Buffer.from(text) : text);

const usual =
  'id:1E240 sub:001 dlvrd:001 submit date:2611290100 done date:2611290101 stat:DELIVRD err:000 text:id:9 stat:EXPIRED';

it.each([
  ['as the standard has it', usual],
  ['in other letters', 'ID:1E240 SUB:001 DLVRD:001 STAT:delivrd ERR:000 TEXT:hello'],
  ['with spaces', 'id: 1E240 sub: 001 stat: DELIVRD err: 000 Text: hello'],
  ['in another order', 'stat:DELIVRD err:000 done date:261129010159 id:1E240'],
  ['with commas', 'id:1E240,sub:001,stat:DELIVRD,err:0,text:'],
  ['with nothing else', 'id:1E240 stat:DELIVRD'],
  ['behind the text', 'text:hello id:1E240 stat:DELIVRD'],
  ['with a long name', 'id:1E240 stat:DELIVERED'],
])('reads a receipt %s', (_, text) => {
  expect(parse(text)).toMatchObject({ messageId: '1E240', state: 'DELIVRD', errorCode: undefined });
});

it('reads one that is flagged as UCS-2 and is none, and one that is some', () => {
  expect(parse(Buffer.from(usual)).messageId).toBe('1E240');
  expect(parse(encodeUcs2(usual))).toMatchObject({ messageId: '1E240', state: 'DELIVRD' });
});

it.each([
  ['err:034', '034'],
  ['err:A1F', 'A1F'],
  ['err:000', undefined],
  ['err:0', undefined],
  ['', undefined],
])('reads the error "%s" as %s', (field, code) => {
  expect(parse(`id:1 stat:UNDELIV ${field} text:x`)).toMatchObject({ state: 'UNDELIV', errorCode: code });
});

it('believes optional parameters more than the text', () => {
  const tlvs = new Map([
    [tags.receiptedMessageId, stringTlv('abc')],
    [tags.messageState, integerTlv(5, 1)],
    [tags.networkErrorCode, Uint8Array.of(3, 0, 99)],
    [tags.userMessageReference, integerTlv(515, 2)],
  ]);
  expect(parse(usual, tlvs)).toMatchObject({
    messageId: 'abc',
    state: 'UNDELIV',
    errorCode: '99',
    userMessageReference: 515,
  });
  expect(parse('', tlvs)).toMatchObject({ messageId: 'abc', state: 'UNDELIV' });
});

it('reads the text where a parameter says nothing', () => {
  const tlvs = new Map([
    [tags.receiptedMessageId, stringTlv('')],
    [tags.messageState, integerTlv(77, 1)],
    [tags.networkErrorCode, Uint8Array.of(3)],
  ]);
  expect(parse(usual, tlvs)).toMatchObject({ messageId: '1E240', state: 'DELIVRD', errorCode: undefined });
});

it('reads when the message was taken', () => {
  expect(parse(usual).submittedAt).toBe(Date.UTC(2026, 10, 29, 1, 0));
  expect(parse('SUBMIT DATE: 261129010059 id:1').submittedAt).toBe(Date.UTC(2026, 10, 29, 1, 0, 59));
  expect(parse('id:1 submit date:tomorrow').submittedAt).toBeUndefined();
});

it('makes nothing up of what says nothing', () => {
  expect(parse('Your message is on its way')).toMatchObject({ messageId: undefined, state: undefined });
  expect(parse('id:1 stat:toString')).toMatchObject({ state: undefined });
});

it('knows receipts by their flag or their parameter, never by a text that anybody can write', () => {
  expect(isReceipt({ esmClass: 0x04, tlvs: noTlvs })).toBe(true);
  expect(isReceipt({ esmClass: 0x20, tlvs: noTlvs })).toBe(true);
  expect(isReceipt({ esmClass: 0x44, tlvs: noTlvs })).toBe(true);
  expect(isReceipt({ esmClass: 0, tlvs: new Map([[tags.receiptedMessageId, stringTlv('1')]]) })).toBe(true);
  expect(isReceipt({ esmClass: 0x40, tlvs: noTlvs })).toBe(false);
  expect(isReceipt({ esmClass: 0x08, tlvs: noTlvs })).toBe(false);
});
