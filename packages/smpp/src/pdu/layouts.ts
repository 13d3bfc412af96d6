/** The PDUs of SMPP 3.4: ids (section 5.1.2.1) and what their bodies consist of, in order (chapter 4). */
import { address, cString, destinations, type Field, integer, shortMessage, unreached } from './fields.ts';

const number = address(21);

const bind = {
  systemId: cString(16),
  password: cString(9),
  systemType: cString(13),
  interfaceVersion: integer,
  addressTon: integer,
  addressNpi: integer,
  addressRange: cString(41),
};

const times = { scheduleDeliveryTime: cString(17), validityPeriod: cString(17) };

const message = {
  esmClass: integer,
  protocolId: integer,
  priorityFlag: integer,
  ...times,
  registeredDelivery: integer,
  replaceIfPresent: integer,
  dataCoding: integer,
  defaultMessageId: integer,
  shortMessage,
};

const bound = { systemId: cString(16) };
/** 65 octets by the standard; some SMSCs have longer ones. */
const messageId = { messageId: cString(256) };

export const layouts = {
  generic_nack: {},
  bind_receiver: bind,
  bind_receiver_resp: bound,
  bind_transmitter: bind,
  bind_transmitter_resp: bound,
  bind_transceiver: bind,
  bind_transceiver_resp: bound,
  outbind: { systemId: cString(16), password: cString(9) },
  unbind: {},
  unbind_resp: {},
  enquire_link: {},
  enquire_link_resp: {},
  submit_sm: { serviceType: cString(6), source: number, destination: number, ...message },
  submit_sm_resp: messageId,
  submit_multi: { serviceType: cString(6), source: number, destinations, ...message },
  submit_multi_resp: { ...messageId, unreached },
  deliver_sm: { serviceType: cString(6), source: number, destination: number, ...message },
  deliver_sm_resp: messageId,
  data_sm: {
    serviceType: cString(6),
    source: address(65),
    destination: address(65),
    esmClass: integer,
    registeredDelivery: integer,
    dataCoding: integer,
  },
  data_sm_resp: messageId,
  query_sm: { ...messageId, source: number },
  query_sm_resp: { ...messageId, finalDate: cString(17), messageState: integer, errorCode: integer },
  cancel_sm: { serviceType: cString(6), ...messageId, source: number, destination: number },
  cancel_sm_resp: {},
  replace_sm: {
    ...messageId,
    source: number,
    ...times,
    registeredDelivery: integer,
    defaultMessageId: integer,
    shortMessage,
  },
  replace_sm_resp: {},
  alert_notification: { source: address(65), esme: address(65) },
} satisfies Record<string, Record<string, Field<unknown>>>;

export type Command = keyof typeof layouts;

export const commandIds: Record<Command, number> = {
  generic_nack: 0x80000000,
  bind_receiver: 0x01,
  bind_receiver_resp: 0x80000001,
  bind_transmitter: 0x02,
  bind_transmitter_resp: 0x80000002,
  query_sm: 0x03,
  query_sm_resp: 0x80000003,
  submit_sm: 0x04,
  submit_sm_resp: 0x80000004,
  deliver_sm: 0x05,
  deliver_sm_resp: 0x80000005,
  unbind: 0x06,
  unbind_resp: 0x80000006,
  replace_sm: 0x07,
  replace_sm_resp: 0x80000007,
  cancel_sm: 0x08,
  cancel_sm_resp: 0x80000008,
  bind_transceiver: 0x09,
  bind_transceiver_resp: 0x80000009,
  outbind: 0x0b,
  enquire_link: 0x15,
  enquire_link_resp: 0x80000015,
  submit_multi: 0x21,
  submit_multi_resp: 0x80000021,
  alert_notification: 0x102,
  data_sm: 0x103,
  data_sm_resp: 0x80000103,
};
