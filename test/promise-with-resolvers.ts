/** Adds `Promise.withResolvers`, which nock calls and Node.js 20 lacks. */

if (!('withResolvers' in Promise)) {
  const withResolvers = () => {
    const callbacks: { resolve?: (value: unknown) => void; reject?: (reason: unknown) => void } = {};
    const promise = new Promise((resolve, reject) => Object.assign(callbacks, { resolve, reject }));
    return { promise, ...callbacks };
  };
  Object.assign(Promise, { withResolvers });
}
