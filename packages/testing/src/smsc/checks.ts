/** What an SMSC refuses of a `submit_sm`, and how it says so. */
import { alphabetOf, type Body, type PduAddress, statuses, tags, userData } from '@colloquy/smpp';

/** Absolute, or relative with an R: SMPP 3.4, section 7.1.1. */
const time = /^$|^\d{15}[+-]$|^\d{15}R$/;
const digits = /^\d{3,20}$/;

/** @returns a `command_status`: 0 of what can be taken */
export function refusalOf(submit: Body<'submit_sm'>): number {
  const { source, destination, esmClass, shortMessage, tlvs } = submit;
  if (!isSource(source)) return statuses.ESME_RINVSRCADR;
  if (source.ton > 6) return statuses.ESME_RINVSRCTON;
  if (destination.ton > 6) return statuses.ESME_RINVDSTTON;
  // Numbers that end in 000 stand for those that nobody has.
  if (!digits.test(destination.address) || destination.address.endsWith('000')) return statuses.ESME_RINVDSTADR;
  if (submit.priorityFlag > 3) return statuses.ESME_RINVPRTFLG;
  if ((submit.registeredDelivery & 3) === 3) return statuses.ESME_RINVREGDLVFLG;
  if (submit.replaceIfPresent > 1) return statuses.ESME_RINVREPFLAG;
  if (!time.test(submit.scheduleDeliveryTime)) return statuses.ESME_RINVSCHED;
  if (!time.test(submit.validityPeriod)) return statuses.ESME_RINVEXPIRY;
  if (submit.serviceType.length > 5) return statuses.ESME_RINVSERTYP;
  // Datagram, forward and store-and-forward mode; what only an SMSC says of what it delivers is none of them.
  if ((esmClass & 0x3c) !== 0) return statuses.ESME_RINVESMCLASS;
  const payload = tlvs.get(tags.messagePayload);
  if (payload && shortMessage.length > 0) return statuses.ESME_RINVOPTPARAMVAL;
  const hasHeader = (esmClass & 0x40) !== 0;
  const text = payload ?? shortMessage;
  if (hasHeader && userData(text, true).headerOctets === 0) return statuses.ESME_RINVESMCLASS;
  if (!payload && !fitsOnTheAir(submit, hasHeader)) return statuses.ESME_RINVMSGLEN;
  return statuses.ESME_ROK;
}

function isSource({ ton, address }: PduAddress): boolean {
  return ton === 5 ? address.length > 0 && address.length <= 11 : digits.test(address);
}

/** 140 octets, which are 160 septets; a header takes of both. */
function fitsOnTheAir({ dataCoding, shortMessage }: Body<'submit_sm'>, hasHeader: boolean): boolean {
  const { headerOctets, text } = userData(shortMessage, hasHeader);
  const septets = alphabetOf(dataCoding) === 'default' || dataCoding === 1;
  const room = septets ? Math.floor(((140 - headerOctets) * 8) / 7) : 140 - headerOctets;
  return text.length <= room;
}
