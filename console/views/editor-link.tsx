import type { ConsoleZap } from '../../wire/console-api.ts';
import { editorUrl } from '../zap-names.ts';
import { Icon } from './icon.tsx';

interface EditorLinkProps {
  /** The Zap; undefined if the relay no longer knows the Zap. */
  readonly zap: Pick<ConsoleZap, 'description'> | undefined;
  readonly children: string;
}

/** A link to a Zap's editor. Shows nothing if the Zap's id is unknown. */
export function EditorLink({ zap, children }: EditorLinkProps) {
  const editor = zap ? editorUrl(zap) : null;
  return editor === null ? null : (
    <a class="outside" href={editor} target="_blank" rel="noreferrer">
      {children}
      <Icon name="outside" />
    </a>
  );
}
