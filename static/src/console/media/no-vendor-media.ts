/** Stands in for the transports' default media library, which would load code from elsewhere at run time. */
export default {};
