/** The REST API: one endpoint a call of the operator, JSON, problem documents, events. */
@NullMarked
package org.turnout.admin.rest;

import org.jspecify.annotations.NullMarked;
