import type { Client } from '@twilio/conversations';

/**
 * Waits until a client of the official package has read its list, and who is in the conversations that are in it. Shut
 * down before that, it leaves rejections behind that nobody handles.
 */
export async function settled(client: Client): Promise<void> {
  if (client.connectionState !== 'connected') return;
  try {
    const { items } = await client.getSubscribedConversations();
    await Promise.all(items.map((conversation) => conversation.getParticipants()));
  } catch {
    // Its token was refused in the meantime.
  }
}
