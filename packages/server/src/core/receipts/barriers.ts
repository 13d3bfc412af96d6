/** Why a copy of a message is not even tried: known when the message is written, so that the answer to it says so. */

/** What is known of a person at an own address. */
export interface Standing {
  /** How long after a person's last message the channel lets him be written to; null: always. */
  window_hours: number | null;
  last_inbound: number | null;
  /** 1: he wants no messages from there. */
  stopped: number | null;
}

export interface Barrier {
  kind: 'window-closed' | 'opted-out';
  code: string;
  message: string;
  /** Of the contract's messaging range. */
  receiptCode: 63016 | 21610;
}

export const optedOut: Barrier = {
  kind: 'opted-out',
  code: 'stopped',
  message: 'The person asked not to be written to from this address; writing START takes that back.',
  receiptCode: 21610,
};

const hour = 60 * 60 * 1000;

/** @param template templates may be sent outside the window */
export function barrierTo(
  { window_hours = null, last_inbound = null, stopped = 0 }: Partial<Standing>,
  template: boolean,
  now: number,
): Barrier | undefined {
  if (stopped) return optedOut;
  if (window_hours === null || template || now < windowEnd(window_hours, last_inbound)) return undefined;
  const message = `The person has not written within ${window_hours} hours: only templates can be sent until he does.`;
  return { kind: 'window-closed', code: 'window', message, receiptCode: 63016 };
}

/** Until when a person can be written to, who last wrote then. */
export function windowEnd(hours: number, lastInbound: number | null): number {
  return lastInbound === null ? 0 : lastInbound + hours * hour;
}
