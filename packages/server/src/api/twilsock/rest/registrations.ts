/** Devices that are notified. */
import { pushMessageTypes, pushTypes } from '@colloquy/protocol';
import { z } from 'zod';
import { registerDevice, unregisterDevice } from '../../../core/push/bindings.ts';
import { Refusal } from '../../../core/refusal.ts';
import { isStorable } from '../../../core/storable.ts';
import { answer, type Call, done, type Handle, nameIn, readBody } from '../call.ts';

const types = z.enum(pushTypes);

const registration = z.object({
  channel_type: types,
  message_types: z.array(z.string().max(100)).max(20).optional(),
  data: z.object({ registration_id: z.string().min(1).max(4096) }),
});

/** The client's names for them begin so. */
const prefix = 'twilio.conversations.';

/**
 * `POST /v1/registrations`. A refusal would be asked about for ever, and the app would never hear of it: a device that
 * cannot be registered gets an id like any other, and the log says why.
 */
export const register: Handle = async (call) => {
  const { core, actor, token, logger } = call;
  const { channel_type: type, data, message_types } = readBody(call, registration);
  const device = { type, token: data.registration_id };
  const messageTypes = message_types && pushMessageTypes.filter((one) => message_types.includes(prefix + one));
  try {
    const credential = token.pushCredential;
    const wanted = messageTypes && messageTypes.length > 0 ? messageTypes : undefined;
    await core.run(registerDevice, actor, { ...device, credential, messageTypes: wanted });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status === 429) throw error;
    logger.warn({ code: error.code, user: actor.user }, `a device was not registered: ${error.message}`);
  }
  return answer({ id: writeId(device) }, 201);
};

/** `DELETE /v1/registrations/{id}`. */
export const unregister: Handle = async (call) => {
  const device = readId(nameIn(call, 'registration'));
  if (device) await forget(call, device);
  return done;
};

const binding = z.object({ binding_type: types, address: z.string().min(1).max(4096) });

/** `DELETE /v1/registrations`: by what the push service calls the device. */
export const unregisterByAddress: Handle = async (call) => {
  const { binding_type: type, address } = readBody(call, binding);
  await forget(call, { type, token: address });
  return done;
};

/** What no push service calls a device was not registered either, though the app was told that it was. */
async function forget({ core, actor }: Call, device: Device): Promise<void> {
  try {
    await core.run(unregisterDevice, actor, device);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status === 429) throw error;
  }
}

type Device = z.infer<typeof device>;
const device = z.object({ type: types, token: z.string().min(1).max(4096).refine(isStorable) });

/** The id says which device it is: nothing has to be kept for it. */
function writeId(of: Device): string {
  return Buffer.from(JSON.stringify(of)).toString('base64url');
}

function readId(id: string): Device | undefined {
  try {
    return device.parse(JSON.parse(Buffer.from(id, 'base64url').toString()));
  } catch {
    return undefined;
  }
}
