/** Simulators of providers, one folder each: they refuse what the provider refuses, fault on demand, keep a journal. */
export { type Scheduler, systemClock } from './clock.ts';
export { freePort, freePorts } from './free-port.ts';
export type { MailFault } from './mail/faults.ts';
export { mailPhones } from './mail/phones.ts';
export type { ReportOptions, SentMail } from './mail/reports.ts';
export { serveMail } from './mail/serve-mail.ts';
export { type MailSimulator, type MailSimulatorOptions, startMailSimulator } from './mail/simulator.ts';
export { ManualClock } from './manual-clock.ts';
export { type PhoneFile, PhoneLog, type PhoneMessage, type PhoneNews } from './phones/phone-log.ts';
export type { PhoneNetwork } from './phones/phone-network.ts';
export { serveSmscControl } from './smsc/control.ts';
export type { Fault, FaultAction } from './smsc/faults.ts';
export type { Shown } from './smsc/handsets.ts';
export type { InboundText } from './smsc/inbound.ts';
export type { JournalEntry } from './smsc/journal.ts';
export { smscPhones } from './smsc/phones.ts';
export { serveSmsc } from './smsc/serve-smsc.ts';
export type { Account, Fate, Settings } from './smsc/settings.ts';
export { Smsc, type SmscOptions, type TakenMessage } from './smsc/smsc.ts';
export { startTelegramSimulator, type TelegramSimulator, type TelegramSimulatorOptions } from './telegram/simulator.ts';
export { signForm, signJson } from './twilio/signature.ts';
export {
  startTwilioSimulator,
  type TwilioSimulator,
  type TwilioSimulatorOptions,
} from './twilio/simulator.ts';
export { serveWeb, type WebServer } from './web-server.ts';
export type { WhatsAppFault, WhatsAppFaultKind } from './whatsapp/faults.ts';
export type { Person as WhatsAppPerson } from './whatsapp/person.ts';
export {
  startWhatsAppSimulator,
  type WhatsAppSimulator,
  type WhatsAppSimulatorOptions,
} from './whatsapp/simulator.ts';
export type { BusinessNumber, ReceivedMessage, WhatsAppTemplate } from './whatsapp/world.ts';
