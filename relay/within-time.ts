/**
 * Waits for a promise for a limited time.
 *
 * @throws {Error} the promise's own error, or an error that reports a timeout
 */
export async function withinTime<T>(response: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error('The store did not respond in time.'));
    }, milliseconds);
  });
  try {
    return await Promise.race([response, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
