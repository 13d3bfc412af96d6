import { useConnectionState } from '../use-connection-state.ts';
import { useConversation } from '../use-conversation.ts';
import { useConversations } from '../use-conversations.ts';
import { useMessages } from '../use-messages.ts';
import { useParticipants } from '../use-participants.ts';
import { useSendMessage } from '../use-send-message.ts';
import { useTyping } from '../use-typing.ts';
import { useUnreadCount } from '../use-unread-count.ts';
import { useUser } from '../use-user.ts';

/** A component that uses all hooks. */
export function Everything({ sid }: { sid: string }) {
  const { conversation } = useConversation(sid);
  const { send } = useSendMessage(conversation);
  const { participants: typists, typing } = useTyping(conversation);
  const words = [
    useConnectionState(),
    `${useUser().user?.identity ?? '?'}:`,
    conversation?.friendlyName ?? '?',
    'of',
    ...useConversations().conversations.map(({ friendlyName }) => friendlyName),
    'with',
    `${useParticipants(conversation)
      .participants.map(({ identity }) => identity)
      .join(' ')}:`,
    ...useMessages(conversation).messages.map(({ body }) => body),
  ];
  return (
    <button type="button" onClick={() => send('Hello')} onKeyDown={typing}>
      {words.join(' ')}; unread: {useUnreadCount(conversation).count ?? 'none'}; typing:{' '}
      {typists.map(({ identity }) => identity)}
    </button>
  );
}
