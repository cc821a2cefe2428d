/** Entry of the console's page. */

import { render } from 'preact';

const root = document.getElementById('console');
if (root) render(<p>Open this page with the link in the Zap editor.</p>, root);
