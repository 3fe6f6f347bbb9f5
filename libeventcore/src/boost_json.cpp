// Boost.JSON's compiled part, in a file of its own: a program that brings another does not get this one too.
#include <boost/json/src.hpp>
