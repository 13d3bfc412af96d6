/** Simulators of providers, one folder each: they refuse what the provider refuses, fault on demand, keep a journal. */
export { type Scheduler, systemClock } from './clock.ts';
export { ManualClock } from './manual-clock.ts';
export { startTelegramSimulator, type TelegramSimulator, type TelegramSimulatorOptions } from './telegram/simulator.ts';
export { signForm, signJson } from './twilio/signature.ts';
export {
  startTwilioSimulator,
  type TwilioSimulator,
  type TwilioSimulatorOptions,
} from './twilio/simulator.ts';
export { serveWeb, type WebServer } from './web-server.ts';
