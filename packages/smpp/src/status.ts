/**
 * `command_status`: what an answer says (SMPP 3.4, section 5.1.3), and what is to be done about it. 0x104 is of SMPP
 * 5.0; SMSCs that speak 3.4 send it nevertheless.
 */
export const statuses = {
  ESME_ROK: 0x00,
  ESME_RINVMSGLEN: 0x01,
  ESME_RINVCMDLEN: 0x02,
  ESME_RINVCMDID: 0x03,
  ESME_RINVBNDSTS: 0x04,
  ESME_RALYBND: 0x05,
  ESME_RINVPRTFLG: 0x06,
  ESME_RINVREGDLVFLG: 0x07,
  ESME_RSYSERR: 0x08,
  ESME_RINVSRCADR: 0x0a,
  ESME_RINVDSTADR: 0x0b,
  ESME_RINVMSGID: 0x0c,
  ESME_RBINDFAIL: 0x0d,
  ESME_RINVPASWD: 0x0e,
  ESME_RINVSYSID: 0x0f,
  ESME_RCANCELFAIL: 0x11,
  ESME_RREPLACEFAIL: 0x13,
  ESME_RMSGQFUL: 0x14,
  ESME_RINVSERTYP: 0x15,
  ESME_RINVNUMDESTS: 0x33,
  ESME_RINVDLNAME: 0x34,
  ESME_RINVDESTFLAG: 0x40,
  ESME_RINVSUBREP: 0x42,
  ESME_RINVESMCLASS: 0x43,
  ESME_RCNTSUBDL: 0x44,
  ESME_RSUBMITFAIL: 0x45,
  ESME_RINVSRCTON: 0x48,
  ESME_RINVSRCNPI: 0x49,
  ESME_RINVDSTTON: 0x50,
  ESME_RINVDSTNPI: 0x51,
  ESME_RINVSYSTYP: 0x53,
  ESME_RINVREPFLAG: 0x54,
  ESME_RINVNUMMSGS: 0x55,
  ESME_RTHROTTLED: 0x58,
  ESME_RINVSCHED: 0x61,
  ESME_RINVEXPIRY: 0x62,
  ESME_RINVDFTMSGID: 0x63,
  ESME_RX_T_APPN: 0x64,
  ESME_RX_P_APPN: 0x65,
  ESME_RX_R_APPN: 0x66,
  ESME_RQUERYFAIL: 0x67,
  ESME_RINVOPTPARSTREAM: 0xc0,
  ESME_ROPTPARNOTALLWD: 0xc1,
  ESME_RINVPARLEN: 0xc2,
  ESME_RMISSINGOPTPARAM: 0xc3,
  ESME_RINVOPTPARAMVAL: 0xc4,
  ESME_RDELIVERYFAILURE: 0xfe,
  ESME_RUNKNOWNERR: 0xff,
  ESME_RINVDCS: 0x104,
} as const;

export type StatusName = keyof typeof statuses;

const names = new Map<number, StatusName>(
  Object.entries(statuses).map(([name, status]) => [status, name as StatusName]),
);

/** How people find it in manuals: `ESME_RTHROTTLED`, or `0x00000401` of what a vendor made up. */
export function statusName(status: number): string {
  return names.get(status) ?? `0x${status.toString(16).padStart(8, '0')}`;
}

/**
 * What an answer means for the message that was submitted.
 *
 * - `throttle`: too much at once; the whole bind has to wait
 * - `temporary`: may work later
 * - `recipient`, `sender`, `content`: will never work, because of this
 * - `session`: the bind is at fault and the message is not
 * - `credentials`: the account is
 */
export type StatusClass =
  | 'ok'
  | 'throttle'
  | 'temporary'
  | 'recipient'
  | 'sender'
  | 'content'
  | 'permanent'
  | 'session'
  | 'credentials';

const classes: Partial<Record<StatusName, StatusClass>> = {
  ESME_ROK: 'ok',
  ESME_RTHROTTLED: 'throttle',
  ESME_RMSGQFUL: 'throttle',
  ESME_RSYSERR: 'temporary',
  ESME_RX_T_APPN: 'temporary',
  ESME_RX_R_APPN: 'temporary',
  ESME_RSUBMITFAIL: 'temporary',
  ESME_RDELIVERYFAILURE: 'temporary',
  ESME_RUNKNOWNERR: 'temporary',
  ESME_RINVDSTADR: 'recipient',
  ESME_RINVDSTTON: 'recipient',
  ESME_RINVDSTNPI: 'recipient',
  ESME_RINVSRCADR: 'sender',
  ESME_RINVSRCTON: 'sender',
  ESME_RINVSRCNPI: 'sender',
  ESME_RINVSERTYP: 'sender',
  ESME_RINVSYSTYP: 'sender',
  ESME_RINVMSGLEN: 'content',
  ESME_RINVESMCLASS: 'content',
  ESME_RINVSCHED: 'content',
  ESME_RINVEXPIRY: 'content',
  ESME_RINVDCS: 'content',
  ESME_RX_P_APPN: 'content',
  ESME_RINVOPTPARSTREAM: 'content',
  ESME_ROPTPARNOTALLWD: 'content',
  ESME_RINVPARLEN: 'content',
  ESME_RMISSINGOPTPARAM: 'content',
  ESME_RINVOPTPARAMVAL: 'content',
  ESME_RINVBNDSTS: 'session',
  ESME_RALYBND: 'session',
  ESME_RBINDFAIL: 'session',
  ESME_RINVPASWD: 'credentials',
  ESME_RINVSYSID: 'credentials',
};

/** What vendors may define themselves: SMPP 3.4, table 5-2. */
const vendorRange = [0x400, 0x4ff] as const;

/**
 * @param carrier what this carrier's manual says of codes of its own, and of others that it uses in its own way
 * @returns for what nobody knows `permanent`, save that codes of vendors count as temporary
 */
export function classify(status: number, carrier: ReadonlyMap<number, StatusClass> = new Map()): StatusClass {
  const own = carrier.get(status);
  if (own) return own;
  const name = names.get(status);
  if (name) return classes[name] ?? 'permanent';
  return status >= vendorRange[0] && status <= vendorRange[1] ? 'temporary' : 'permanent';
}
