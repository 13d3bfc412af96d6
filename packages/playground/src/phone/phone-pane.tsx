import { Loader } from '@mantine/core';
import { Bubble } from '../chat/bubble.tsx';
import { ClockTime } from '../chat/clock-time.tsx';
import { Composer } from '../chat/composer.tsx';
import { MessageList } from '../chat/message-list.tsx';
import { OutgoingBubble } from '../chat/outgoing-bubble.tsx';
import type { Person } from '../people.ts';
import { spacedNumber } from '../phone-number.ts';
import type { PlaygroundSession } from '../session/session.ts';
import type { Thread } from '../thread/thread.ts';
import { useStore } from '../use-store.ts';
import { Behind } from './behind.tsx';
import { Faults } from './faults.tsx';
import type { Phone } from './phone.ts';
import classes from './phone-pane.module.css';
import { since } from './since.ts';

interface PhonePaneProps {
  phone: Phone;
  /** Of anybody: it knows when the conversation began. */
  thread: Thread;
  session: PlaygroundSession;
  isLive: boolean;
  onAttach: (simulator: string | null) => void;
  isBusy: boolean;
}

/** The handset of the person outside the app, and what may go wrong on the way to it. */
export function PhonePane({ phone, thread, session, isLive, onAttach, isBusy }: PhonePaneProps) {
  const state = useStore(phone.state);
  const conversation = useStore(thread.state);
  const { phone: numbers, simulator } = session;
  const isLoading = state.phase === 'loading' || conversation.phase === 'connecting';
  // The number may have served an earlier conversation, whose texts a new one does not begin with.
  const messages = isLoading ? [] : since(conversation.dateCreated, state.messages);
  const owner: Person = { name: 'Phone', color: 'var(--person-phone)', tint: 'var(--person-phone-tint)' };
  const contact: Person = {
    name: spacedNumber(numbers.proxyAddress),
    color: 'var(--mantine-color-dimmed)',
    tint: 'var(--bubble)',
  };

  return (
    <div className={classes['column']}>
      <div className={classes['phone']}>
        <div className={classes['speaker']} aria-hidden="true" />
        <div className={classes['screen']}>
          <div className={classes['head']}>
            <h2 className={classes['contact']}>{contact.name}</h2>
            <p className={classes['own']} role="status">
              {state.phase === 'unreachable'
                ? `The ${simulator ? 'simulator' : 'sandbox'} cannot be reached`
                : `This phone is ${spacedNumber(numbers.address)}`}
            </p>
          </div>
          <MessageList
            label="Texts on the phone"
            isLive={isLive && !isLoading}
            isEmpty={messages.length + state.outgoing.length === 0}
            empty={
              isLoading ? (
                <Loader size="sm" aria-label="Reading the phone" />
              ) : (
                `No texts yet. ${simulator?.note ?? `What the app users write arrives here${simulator ? '' : ' by SMS'}.`}`
              )
            }
          >
            {messages.map((message, place) => (
              <Bubble
                key={message.id}
                person={message.direction === 'in' ? contact : owner}
                isOwn={message.direction === 'out'}
                isFirst={messages[place - 1]?.direction !== message.direction}
                showsName={false}
                body={message.body}
              >
                <ClockTime date={new Date(message.dateCreated)} />
              </Bubble>
            ))}
            {state.outgoing.map((outgoing, place) => (
              <OutgoingBubble
                key={outgoing.id}
                outgoing={outgoing}
                isFirst={place === 0 && messages.at(-1)?.direction !== 'out'}
                person={owner}
                isOffline={false}
                onRetry={phone.retry}
                onDiscard={phone.discard}
              />
            ))}
          </MessageList>
          <Composer label="Text from the phone" placeholder="Text message" onSend={phone.send} />
        </div>
      </div>
      {simulator === null && <Faults phone={phone} />}
      <Behind simulator={simulator} onAttach={onAttach} isBusy={isBusy} />
    </div>
  );
}
