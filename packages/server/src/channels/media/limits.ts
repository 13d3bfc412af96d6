import type { Limits } from '@colloquy/protocol';
import { addressTypeOf } from '../../core/addresses.ts';
import type { Address, Capabilities, ProviderError } from '../message.ts';

/** What SMS phones show: "Conversations Limits", and the formats that MMS carriers take everywhere. */
const smsTypes: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'audio/mpeg',
  'audio/mp3',
  'audio/amr',
  'video/mp4',
  'application/pdf',
]);

/** Contract's messaging range: "Invalid Content-Type" and "Media exceeds mobile operator size limit". */
const badType = 12300;
const tooLarge = 11751;

interface File {
  contentType: string;
  size: number;
}

/** The limits of files that go through a channel, and come through it: the contract's are those of its own channels. */
export function limitsThrough({ media }: Capabilities, limits: Limits): Limits {
  return media?.own ? { ...limits, whatsappMediaBytes: media.maxBytes } : limits;
}

/** Why a person at this address cannot get these files; null when he can. */
export function whyNotDeliverable(address: Address, files: readonly File[], limits: Limits): ProviderError | null {
  const type = addressTypeOf(address);
  const sizes = files.map((file) => file.size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (type === 'sms') {
    const other = files.find((file) => !smsTypes.has(file.contentType.split(';', 1)[0] ?? ''));
    if (other) return refused('media-type', `SMS phones do not take ${other.contentType}.`, badType);
    if (sizes.some((size) => size > limits.smsMediaBytes) || total > limits.smsMediaTotalBytes) {
      return refused('media-size', `SMS phones take ${limits.smsMediaTotalBytes} bytes at most.`, tooLarge);
    }
  }
  if (type === 'whatsapp' && sizes.some((size) => size > limits.whatsappMediaBytes)) {
    return refused('media-size', `WhatsApp takes ${limits.whatsappMediaBytes} bytes at most.`, tooLarge);
  }
  return null;
}

/** The most bytes that a file from a person at this address can have. */
export function largestFrom(address: Address, limits: Limits): number {
  switch (addressTypeOf(address)) {
    case 'sms':
      return Math.min(limits.smsMediaTotalBytes, limits.mediaBytes);
    case 'whatsapp':
      return Math.min(limits.whatsappMediaBytes, limits.mediaBytes);
    default:
      return limits.mediaBytes;
  }
}

function refused(code: string, message: string, receiptCode: number): ProviderError {
  return { kind: 'bad-content', code, message, receiptCode };
}
