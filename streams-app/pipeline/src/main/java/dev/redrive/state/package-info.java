/**
 * State stores behind small ports: jobs, users, the due queue, leases, open sums. One task, and so one thread, owns
 * each.
 */
@NullMarked
package dev.redrive.state;

import org.jspecify.annotations.NullMarked;
