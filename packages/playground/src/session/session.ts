import { findSimulator, type Simulator } from '../phone/simulator.ts';
import { request } from './request.ts';

/** What `POST /v1/x/playground/session` answers: one conversation, the people in it, and their keys. */
export interface PlaygroundSession {
  conversationSid: string;
  users: { identity: string; token: string }[];
  /** The proxy address is the one that the phone writes to. */
  phone: { address: string; proxyAddress: string };
  /** Bearer token for the sandbox's own paths. */
  sandboxToken: string;
  /** What the phone is behind; null for the sandbox. */
  simulator: Simulator | null;
}

export interface SessionWish {
  fresh?: boolean;
  /** Where the simulator is that the phone shall be behind; null for the sandbox. */
  phones?: string | null;
}

/** Joins the playground's conversation, or a new one; asked again, it answers with new tokens. */
export async function requestSession({ fresh = false, phones = null }: SessionWish = {}): Promise<PlaygroundSession> {
  const simulator = phones === null ? null : await findSimulator(phones);
  const phone = simulator && { address: simulator.phone, proxyAddress: simulator.own };
  const answer = await request('/v1/x/playground/session', {
    method: 'POST',
    body: { ...(fresh && { fresh }), ...(phone && { phone }) },
  });
  // Addresses as the simulator has them: the server may spell them in another way.
  return { ...(answer as Omit<PlaygroundSession, 'simulator'>), ...(phone && { phone }), simulator };
}
