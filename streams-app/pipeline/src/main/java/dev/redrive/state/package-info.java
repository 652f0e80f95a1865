/** The stores behind small ports: jobs, users, the due queue, leases, open sums. One task, one thread, owns each instance. */
@NullMarked
package dev.redrive.state;

import org.jspecify.annotations.NullMarked;
