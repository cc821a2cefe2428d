import { useState } from 'preact/hooks';

/** A button that copies a text to the clipboard. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [result, setResult] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setResult('Copied');
    } catch {
      setResult('Not copied. Select the text and copy it.');
    }
  };
  return (
    <>
      <button onClick={() => void copy()}>{label}</button>
      <span role="status" class="quiet">
        {result}
      </span>
    </>
  );
}
