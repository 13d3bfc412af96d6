export {
  type Alphabet,
  alphabetOf,
  type DefaultAlphabet,
  decodeText,
  decodeUcs2,
  type EncodedText,
  encodedText,
  encodeLatin1,
  encodeUcs2,
} from './alphabets/data-coding.ts';
export { decodeGsm, encodeGsm, fillBitsAfter, pack, unpack } from './alphabets/gsm0338.ts';
export type { Scheduler } from './clock.ts';
export type { Destination, PduAddress, Unreached } from './pdu/fields.ts';
export { Framer, FramingError, maxPduOctets } from './pdu/framer.ts';
export { type Command, commandIds } from './pdu/layouts.ts';
export { PduError } from './pdu/octets.ts';
export {
  type Answer,
  answerOf,
  type Body,
  bodyOf,
  decode,
  encode,
  type Frame,
  isAnswer,
  type Pdu,
  parseFrame,
  type Request,
} from './pdu/pdu.ts';
export { integerTlv, noTlvs, stringTlv, type Tlvs, tags, tlvInteger, tlvString } from './pdu/tlv.ts';
export { Bind, type BindOptions, type BindState, type BindType } from './session/bind.ts';
export { Link, type LinkOptions, type SubmitOptions, type SubmitOutcome } from './session/link.ts';
export { Pace, type PaceOptions, type Turn } from './session/pace.ts';
export { type AnswerPdu, NoAnswer, Session, type SessionOptions } from './session/session.ts';
export { classify, type StatusClass, type StatusName, statuses, statusName } from './status.ts';
export { answeredId, canonicalId, type IdRelation } from './text/message-id.ts';
export { isReceipt, type MessageState, messageStates, parseReceipt, type Receipt } from './text/receipt.ts';
export {
  type Concatenation,
  type EncodedPiece,
  encodePiece,
  maxPieces,
  type SentAlphabet,
  type SplitText,
  splitText,
  type TextOptions,
} from './text/segments.ts';
export { smartlyEncoded } from './text/smart-encoding.ts';
export {
  header8,
  header16,
  headerIndicator,
  type Place,
  placeOf,
  type UserData,
  userData,
} from './text/user-data-header.ts';
