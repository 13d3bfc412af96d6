/** What comes of a client's requests for subscriptions, and how it is told. */
import { missingBody } from './missing.ts';
import { syncFrame } from './notes.ts';
import type { InfoSubscription, Subscription } from './subscription.ts';

export interface Established {
  subscription: Subscription | InfoSubscription;
  isComplete: boolean;
  release(): void;
}

export interface Failure {
  object_sid: string;
  object_type: string;
  /** The position of the user's stream at which it says that he is out of it, where it said so lately. */
  out?: number | undefined;
}

/** What came of one request: who is told what when all of it has been read. */
export interface Outcome {
  established: Established[];
  failed: Failure[];
}

/** @param correlation what the client has called its request */
export function establishedFrame(established: readonly Established[], correlation: number): Buffer {
  const events = established.map(({ subscription: { object, reached }, isComplete }) => ({
    object_sid: object.sid,
    object_type: object.type,
    replay_status: isComplete ? 'completed' : 'interrupted',
    last_event_id: reached,
  }));
  return frame('subscription_established', events, correlation);
}

export function failedFrame(failed: readonly Failure[], correlation: number): Buffer {
  const events = failed.map(({ object_sid, object_type }) => ({ object_sid, object_type, error: missingBody }));
  return frame('subscription_failed', events, correlation);
}

export function canceledFrame(canceled: readonly Failure[], correlation: number): Buffer {
  const events = canceled.map(({ object_sid, object_type }) => ({ object_sid, object_type }));
  return frame('subscription_canceled', events, correlation);
}

function frame(type: string, events: readonly object[], correlation: number): Buffer {
  return syncFrame({ event_type: type, event_protocol_version: 4, correlation_id: correlation, events });
}
