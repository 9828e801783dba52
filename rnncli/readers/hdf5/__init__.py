"""The headers of HDF5 files, read within bounds of time and memory.

HDF5's own library, which is below h5py, does not end on some damaged files, and takes longer to
load than a plan takes. The files of Keras need little of the format: groups, the shapes and types
of arrays, and attributes of text. The numbers of an array are never read here.
"""
